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

const keysAt = (path: KeyPath): string[] => {
  let found = branches(z.toJSONSchema(fileSchema, { io: 'input' }))
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

const unknownKey = (path: KeyPath, key: string): string => {
  const known = keysAt(path)
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

const at = (file: YamlFile, path: KeyPath, text: string): Problem => ({
  place: file.placeOf(path),
  text: `${written(path)}: ${text}`,
})

const describeUnion = (errors: readonly Issue[][], path: KeyPath, root: unknown, file: YamlFile): Problem[] => {
  const value = valueAt(root, path)
  const meant = meantBranch(errors, value)
  if (meant !== null)
    return meant.flatMap((issue) => describe({ ...issue, path: [...path, ...issue.path] }, root, file))
  const expected = errors.map(([first]) => expectedOf(first)).join(' or ')
  return [at(file, path, `expected ${expected}, found ${found(value)}`)]
}

const describeType = (expected: string, message: string, path: KeyPath, root: unknown, file: YamlFile): Problem => {
  const value = valueAt(root, path)
  if (value === undefined) return { place: file.placeOf(path), text: `missing key ${written(path)}` }
  const own = message.startsWith('Invalid input') ? wrongType(expected, value) : `${message}, found ${found(value)}`
  return path.length === 0 ? { place: file.placeOf([]), text: own } : at(file, path, own)
}

const describe = (issue: Issue, root: unknown, file: YamlFile): Problem[] => {
  const { path } = issue
  const value = valueAt(root, path)
  if (issue.code === 'unrecognized_keys')
    return issue.keys.map((key) => ({ place: file.placeOfKey([...path, key]), text: unknownKey(path, key) }))
  if (issue.code === 'invalid_union') return describeUnion(issue.errors, path, root, file)
  if (issue.code === 'invalid_type') return [describeType(issue.expected, issue.message, path, root, file)]
  if (issue.code === 'invalid_value') return [at(file, path, oneOf(issue.values, value))]
  if (issue.code === 'too_big') return [at(file, path, `expected at most ${issue.maximum}, found ${found(value)}`)]
  if (issue.code === 'too_small' && typeof value === 'number')
    return [at(file, path, `expected at least ${issue.minimum}, found ${found(value)}`)]
  if (issue.code === 'invalid_key')
    return [{ place: file.placeOfKey(path), text: `${written(path)}: ${issue.issues[0]?.message ?? issue.message}` }]
  if (issue.code === 'invalid_format') return [at(file, path, `${issue.message}, found ${found(value)}`)]
  return [at(file, path, issue.message)]
}

/** All that is wrong, each with its place in the file. */
export const describeIssues = (issues: readonly Issue[], root: unknown, file: YamlFile): Problem[] =>
  issues.flatMap((issue) => describe(issue, root, file))
