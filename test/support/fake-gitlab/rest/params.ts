import { z } from 'zod'
import type { World } from '../world.ts'
import { invalidParams } from './errors.ts'

/** Kinds of parameters, from JSON or from text in the query. */
export const text = z.string()
export const integer = z.union([
  z.int(),
  z
    .string()
    .regex(/^-?\d+$/)
    .transform(Number),
])
export const float = z.union([
  z.number(),
  z
    .string()
    .regex(/^-?\d+(\.\d+)?$/)
    .transform(Number),
])
export const flag = z.union([
  z.boolean(),
  z.enum(['true', 'false', '1', '0']).transform((value) => value === 'true' || value === '1'),
])
/** `labels=a,b` or a list. */
export const commaList = z.union([
  z.array(z.string()),
  z.string().transform((value) =>
    value
      .split(',')
      .map((part) => part.trim())
      .filter((part) => part !== ''),
  ),
])
export const listOf = <Item extends z.ZodType>(item: Item) =>
  z.union([z.array(item), item.transform((value) => [value])])
export const sort = z.enum(['asc', 'desc']).optional()
export const time = z
  .string()
  .refine((value) => !Number.isNaN(Date.parse(value)))
  .transform(Date.parse)
  .optional()

const grapeMessage = (issue: { path: PropertyKey[] }, input: Record<string, unknown>): string => {
  const name = issue.path.map((part, index) => (index === 0 ? String(part) : `[${String(part)}]`)).join('')
  return input[String(issue.path[0])] === undefined ? `${name} is missing` : `${name} does not have a valid value`
}

/**
 * Reads parameters as declared. GitLab silently ignores unknown ones, which hides mistakes: here they are problems.
 * @throws ApiError 400 for missing and invalid ones.
 */
export const readParams = <Shape extends z.ZodRawShape>(
  world: World,
  label: string,
  shape: Shape,
  input: Record<string, unknown>,
): z.infer<z.ZodObject<Shape>> => {
  for (const name of Object.keys(input))
    if (!(name in shape)) world.problems.push(`${label}: unknown parameter ${name}`)
  const parsed = z.object(shape).safeParse(input)
  if (parsed.success) return parsed.data
  const message = parsed.error.issues.map((issue) => grapeMessage(issue, input)).join(', ')
  world.problems.push(`${label}: ${message}`)
  throw invalidParams(message)
}

/** `a[]=1`, `a[b]=1` and `a=1` as Rack reads them. */
const assign = (target: Record<string, unknown>, key: string, value: string): void => {
  const [, name = key, rest] = /^([^[]+)\[([^\]]*)\]$/.exec(key) ?? []
  if (rest === undefined) target[name] = value
  else if (rest === '') target[name] = [...(Array.isArray(target[name]) ? target[name] : []), value]
  else target[name] = { ...(typeof target[name] === 'object' ? target[name] : {}), [rest]: value }
}

export const rackParams = (search: URLSearchParams): Record<string, unknown> => {
  const params: Record<string, unknown> = {}
  for (const [key, value] of search) assign(params, key, value)
  return params
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** The text itself where it is not JSON. */
export const parseJson = (body: string): unknown => {
  try {
    return JSON.parse(body)
  } catch {
    return body
  }
}

/** The parameters in a request's body; an empty one has none. */
export const bodyParams = (contentType: string, body: string): Record<string, unknown> => {
  if (body === '') return {}
  if (contentType.startsWith('application/x-www-form-urlencoded')) return rackParams(new URLSearchParams(body))
  if (!contentType.startsWith('application/json')) throw invalidParams('The provided content-type is not supported.')
  const parsed = parseJson(body)
  if (!isObject(parsed)) throw invalidParams('Problems parsing JSON')
  return parsed
}
