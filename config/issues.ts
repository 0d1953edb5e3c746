/** Turns what the schema found wrong into sentences that name the key, the fault and what would be right. */

import { z } from 'zod'
import { nearest } from './nearest.ts'
import type { Problem } from './problem.ts'
import { fileSchema } from './schema.ts'
import type { KeyPath, YamlFile } from './yaml.ts'

type Issue = z.core.$ZodIssue
type JsonSchema = z.core.JSONSchema.BaseSchema

/** `slack.routes[0].when` */
export const written = (path: KeyPath): string =>
  path
    .map((part) => (typeof part === 'number' ? `[${part}]` : `.${String(part)}`))
    .join('')
    .replace(/^\./, '')

const isSchema = (value: unknown): value is JsonSchema => typeof value === 'object' && value !== null

const below = (schema: JsonSchema, segment: PropertyKey): JsonSchema[] => {
  const next =
    typeof segment === 'number' ? schema.items : (schema.properties?.[String(segment)] ?? schema.additionalProperties)
  return isSchema(next) && !Array.isArray(next) ? branches(next) : []
}

const branches = (schema: JsonSchema): JsonSchema[] => [schema, ...(schema.anyOf ?? []).filter(isSchema)]

const keysAt = (root: JsonSchema, path: KeyPath): string[] => {
  let found = branches(root)
  for (const segment of path) found = found.flatMap((schema) => below(schema, segment))
  return found.flatMap((schema) => Object.keys(schema.properties ?? {}))
}

const valueAt = (value: unknown, path: KeyPath): unknown =>
  path.reduce<unknown>(
    (current, part) => (typeof current === 'object' && current !== null ? Reflect.get(current, part) : undefined),
    value,
  )

const EXPECTED: Record<string, string> = {
  string: 'text',
  array: 'a list',
  object: 'a map',
  record: 'a map',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
}

const shorten = (text: string): string => (text.length > 60 ? `${text.slice(0, 60)}…` : text)

const found = (value: unknown): string => {
  if (value === undefined || value === null) return 'nothing'
  if (Array.isArray(value)) return 'a list'
  if (typeof value === 'object') return 'a map'
  if (typeof value === 'string') return `the text ${JSON.stringify(shorten(value))}`
  return String(value)
}

const hint = (expected: string, value: unknown): string => {
  if (expected === 'array' && typeof value === 'string') return `; as a list it is [${JSON.stringify(shorten(value))}]`
  const bare = typeof value === 'number' || typeof value === 'boolean'
  return expected === 'string' && bare ? `; as text it is "${value}", in quotes` : ''
}

const unknownKey = (path: KeyPath, key: string, known: readonly string[]): string => {
  const meant = nearest(key, known)
  const advice = meant === null ? `valid here: ${known.join(', ')}` : `did you mean ${written([...path, meant])}?`
  return `unknown key ${written([...path, key])}; ${advice}`
}

const oneOf = (values: readonly unknown[], value: unknown): string => {
  const meant = typeof value === 'string' ? nearest(value, values.map(String)) : null
  const advice = meant === null ? '' : `; did you mean ${meant}?`
  return `expected ${values.length > 1 ? 'one of ' : ''}${values.join(', ')}, found ${found(value)}${advice}`
}

const wrongType = (expected: string, value: unknown): string =>
  `expected ${EXPECTED[expected] ?? expected}, found ${found(value)}${hint(expected, value)}`

const missesTheKind = (issue: Issue, value: unknown): boolean =>
  issue.path.length === 0 &&
  (issue.code === 'invalid_type' || (issue.code === 'invalid_value' && typeof value !== 'string'))

/** Of a union only the branch that was meant is worth a complaint: the one whose kind of value is there. */
const meantBranch = (errors: readonly Issue[][], value: unknown): Issue[] | null =>
  errors.find((issues) => !issues.some((issue) => missesTheKind(issue, value))) ?? null

const expectedOf = (issue: Issue | undefined): string => {
  if (issue?.code === 'invalid_value') return issue.values.join(', ')
  return issue?.code === 'invalid_type' ? (EXPECTED[issue.expected] ?? issue.expected) : 'something else'
}

const unitOf = (value: unknown): string => {
  if (Array.isArray(value)) return ' in the list'
  return typeof value === 'string' ? ' character(s)' : ''
}

const sizeOf = (value: unknown): string =>
  Array.isArray(value) || typeof value === 'string' ? String(value.length) : found(value)

type Context = {
  /** What was read. */
  root: unknown
  file: YamlFile
  schema: JsonSchema
}

const at = ({ file }: Context, path: KeyPath, text: string): Problem => ({
  place: file.placeOf(path),
  text: path.length === 0 ? text : `${written(path)}: ${text}`,
})

const describeUnion = (errors: readonly Issue[][], path: KeyPath, context: Context): Problem[] => {
  const value = valueAt(context.root, path)
  const meant = meantBranch(errors, value)
  if (meant !== null) return meant.flatMap((issue) => describe({ ...issue, path: [...path, ...issue.path] }, context))
  const expected = errors.map(([first]) => expectedOf(first)).join(' or ')
  return [at(context, path, `expected ${expected}, found ${found(value)}`)]
}

const describeType = (expected: string, message: string, path: KeyPath, context: Context): Problem => {
  const value = valueAt(context.root, path)
  if (value === undefined) return { place: context.file.placeOf(path), text: `missing key ${written(path)}` }
  const isOurs = !message.startsWith('Invalid input')
  return at(context, path, isOurs ? `${message}, found ${found(value)}` : wrongType(expected, value))
}

const describeUnknown = (keys: readonly string[], path: KeyPath, { file, schema }: Context): Problem[] => {
  const known = keysAt(schema, path)
  return keys.map((key) => ({ place: file.placeOfKey([...path, key]), text: unknownKey(path, key, known) }))
}

const describe = (issue: Issue, context: Context): Problem[] => {
  const { path } = issue
  const value = valueAt(context.root, path)
  switch (issue.code) {
    case 'unrecognized_keys':
      return describeUnknown(issue.keys, path, context)
    case 'invalid_union':
      return describeUnion(issue.errors, path, context)
    case 'invalid_type':
      return [describeType(issue.expected, issue.message, path, context)]
    case 'invalid_value':
      return [at(context, path, oneOf(issue.values, value))]
    case 'invalid_format':
      return [at(context, path, `${issue.message}, found ${found(value)}`)]
    case 'invalid_key':
      return [{ ...at(context, path, issue.issues[0]?.message ?? issue.message), place: context.file.placeOfKey(path) }]
    case 'too_big':
      return [at(context, path, `expected at most ${issue.maximum}${unitOf(value)}, found ${sizeOf(value)}`)]
    case 'too_small':
      return [at(context, path, `expected at least ${issue.minimum}${unitOf(value)}, found ${sizeOf(value)}`)]
    default:
      return [at(context, path, issue.message)]
  }
}

/** Made at the first mistake, for it takes longer than all the rest. */
let madeSchema: JsonSchema | null = null

const schemaOfFile = (): JsonSchema => {
  madeSchema ??= z.toJSONSchema(fileSchema, { io: 'input' })
  return madeSchema
}

/** All that is wrong, each with its place in the file. */
export const describeIssues = (issues: readonly Issue[], root: unknown, file: YamlFile): Problem[] => {
  if (issues.length === 0) return []
  const context = { root, file, schema: schemaOfFile() }
  return issues.flatMap((issue) => describe(issue, context))
}
