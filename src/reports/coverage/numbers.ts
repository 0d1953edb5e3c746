import { MAX_HITS, MAX_LINE } from './packed.ts'

const DECIMAL = /^[+-]?\d{1,400}(?:\.\d{0,400})?(?:[eE][+-]?\d{1,9})?$/

/** A count as reports write it, also `1.5e+3`; saturating, negative counts (gcov overflows) are 0; undefined if it is none. */
export const parseCount = (text: string): number | undefined => {
  const trimmed = text.trim()
  if (!DECIMAL.test(trimmed)) return undefined
  return clampCount(Number(trimmed))
}

const clampCount = (count: number): number => Math.min(MAX_HITS, Math.max(0, Math.floor(count)))

/** A count as JSON holds it; undefined if it is none. */
export const countOf = (value: unknown): number | undefined =>
  typeof value === 'number' && !Number.isNaN(value) ? clampCount(value) : undefined

export const isLine = (line: number): boolean => Number.isInteger(line) && line >= 1 && line <= MAX_LINE

/** A line number; undefined if it is none that a source file can have. */
export const parseLine = (text: string): number | undefined => {
  const trimmed = text.trim()
  if (!/^\d{1,10}$/.test(trimmed)) return undefined
  const line = Number(trimmed)
  return isLine(line) ? line : undefined
}

/** A time in seconds or milliseconds since the epoch, as milliseconds: makers use both. */
export const parseTime = (value: string | number | undefined): number | undefined => {
  const time = typeof value === 'string' && !/^\d+(\.\d+)?$/.test(value) ? Date.parse(value) : Number(value)
  if (!Number.isFinite(time) || time <= 0) return undefined
  return Math.round(time < 1e11 ? time * 1000 : time)
}
