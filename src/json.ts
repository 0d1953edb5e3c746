/** Reading of JSON that others made: each function takes anything and gives the wanted type, or null. */

export type JsonObject = Record<string, unknown>

export const isObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

export const asObject = (value: unknown): JsonObject | null => (isObject(value) ? value : null)

export const asArray = (value: unknown): unknown[] => (Array.isArray(value) ? value : [])

export const asText = (value: unknown): string | null => (typeof value === 'string' ? value : null)

/** A positive whole number, also when it comes as text. */
export function asId(value: unknown): number | null {
  const number = typeof value === 'string' && /^\d{1,15}$/.test(value) ? Number(value) : value
  return typeof number === 'number' && Number.isSafeInteger(number) && number > 0 ? number : null
}

/** The value at a path of keys, or undefined as soon as something on the way is missing. */
export function dig(value: unknown, ...keys: string[]): unknown {
  let current = value
  for (const key of keys) current = asObject(current)?.[key]
  return current
}
