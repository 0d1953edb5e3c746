import { z } from 'zod'
import { fileSchema } from './schema.ts'

/** The text of `pipewarden.schema.json`, by which editors complete and check the file. */
export const jsonSchemaText = (): string => {
  const schema = { title: 'pipewarden.yaml', ...z.toJSONSchema(fileSchema, { io: 'input' }) }
  return `${JSON.stringify(schema, null, 2)}\n`
}
