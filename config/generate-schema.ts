/** Writes the JSON Schema anew: `npx tsx config/generate-schema.ts`. */

import { writeFileSync } from 'node:fs'
import { jsonSchemaText } from './json-schema.ts'

writeFileSync(new URL('pipewarden.schema.json', import.meta.url), jsonSchemaText())
