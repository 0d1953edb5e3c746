/** Reading of single fields out of GitLab's JSON: what must be there is checked, what may be missing has a default. */

export type Fields = Record<string, unknown>

/** A body of another shape than GitLab documents; says where. */
export class ShapeError extends Error {
  override readonly name = 'ShapeError'
  readonly field: string
  readonly expected: string
  constructor(field: string, expected: string) {
    super(`${field === '' ? 'the body' : field} is not ${expected}`)
    this.field = field
    this.expected = expected
  }
}

/** @throws ShapeError */
export const fieldsOf = (value: unknown): Fields => {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new ShapeError('', 'an object')
  return value as Fields
}

/** @throws ShapeError */
export const needNumber = (fields: Fields, name: string): number => {
  const value = fields[name]
  if (typeof value === 'number' && Number.isFinite(value)) return value
  throw new ShapeError(name, 'a number')
}

/** @throws ShapeError */
export const needText = (fields: Fields, name: string): string => {
  const value = fields[name]
  if (typeof value === 'string') return value
  throw new ShapeError(name, 'a text')
}

export const number = (fields: Fields, name: string): number | null => {
  const value = fields[name]
  return typeof value === 'number' && Number.isFinite(value) ? value : null
}

/** null for an empty text, too. */
export const text = (fields: Fields, name: string): string | null => {
  const value = fields[name]
  return typeof value === 'string' && value !== '' ? value : null
}

export const flag = (fields: Fields, name: string): boolean => fields[name] === true

/** A moment as ISO text in UTC; GitLab writes `2026-05-01T10:00:00.000Z`, and `2026-05-01 10:00:00 UTC` in events. */
export const time = (fields: Fields, name: string): string | null => {
  const written = text(fields, name)
  const moment = written === null || written.length > 40 ? Number.NaN : Date.parse(written)
  return Number.isNaN(moment) ? null : new Date(moment).toISOString()
}

const within = (name: string, error: unknown): unknown => {
  if (!(error instanceof ShapeError)) return error
  const joined = error.field === '' || error.field.startsWith('[') ? `${name}${error.field}` : `${name}.${error.field}`
  return new ShapeError(joined, error.expected)
}

export type Parse<Result> = (value: unknown) => Result

/** @throws ShapeError */
export const needNested = <Result>(fields: Fields, name: string, parse: Parse<Result>): Result => {
  try {
    return parse(fields[name])
  } catch (error) {
    throw within(name, error)
  }
}

/** null when missing or null. @throws ShapeError when there and wrong */
export const nested = <Result>(fields: Fields, name: string, parse: Parse<Result>): Result | null =>
  fields[name] === undefined || fields[name] === null ? null : needNested(fields, name, parse)

/** @throws ShapeError */
export const listOf =
  <Result>(parse: Parse<Result>): Parse<Result[]> =>
  (value) => {
    if (!Array.isArray(value)) throw new ShapeError('', 'a list')
    return value.map((entry, index) => {
      try {
        return parse(entry)
      } catch (error) {
        throw within(`[${index}]`, error)
      }
    })
  }

/** Empty when missing or null. @throws ShapeError when there and wrong */
export const list = <Result>(fields: Fields, name: string, parse: Parse<Result>): Result[] =>
  nested(fields, name, listOf(parse)) ?? []
