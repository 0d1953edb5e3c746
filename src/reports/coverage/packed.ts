/** No source file is longer; the bound keeps a line and 32 bits about it inside one exact number. */
export const MAX_LINE = 2 ** 21 - 1
/** Counts saturate here. */
export const MAX_HITS = 2 ** 32 - 1
const LINE_UNIT = 2 ** 32

export const EMPTY_PACKED: Float64Array = new Float64Array(0)

/** A line and 32 bits about it (its hits, or a branch arm) as one number that sorts by line. */
const pack = (line: number, low: number): number => line * LINE_UNIT + low

export const lineOf = (packed: number): number => Math.floor(packed / LINE_UNIT)

export const lowOf = (packed: number): number => packed >>> 0

export const addHits = (one: number, other: number): number => Math.min(MAX_HITS, one + other)

/** Index of the first item of this line, or of the place where it would be. */
export const lowerBound = (items: Float64Array, line: number): number => {
  const wanted = pack(line, 0)
  let low = 0
  let high = items.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((items[middle] ?? 0) < wanted) low = middle + 1
    else high = middle
  }
  return low
}

/** Hits of a line in packed lines. */
export const hitsIn = (lines: Float64Array, line: number): number | undefined => {
  const item = lines[lowerBound(lines, line)]
  return item !== undefined && lineOf(item) === line ? lowOf(item) : undefined
}

/** What two neighbours become: one item, or undefined when they are different things. */
export type Combine = (one: number, other: number) => number | undefined

export const sumOfLine: Combine = (one, other) =>
  lineOf(one) === lineOf(other) ? pack(lineOf(one), addHits(lowOf(one), lowOf(other))) : undefined

export const maximumOfLine: Combine = (one, other) => (lineOf(one) === lineOf(other) ? Math.max(one, other) : undefined)

/** The lowest bit of an arm says that it was taken. */
export const sameArm: Combine = (one, other) =>
  Math.floor(one / 2) === Math.floor(other / 2) ? Math.max(one, other) : undefined

const isSorted = (items: Float64Array): boolean => {
  for (let index = 1; index < items.length; index++) {
    if ((items[index - 1] ?? 0) > (items[index] ?? 0)) return false
  }
  return true
}

/** Sorts and combines in place; returns how many items are left. */
const compact = (items: Float64Array, combine: Combine): number => {
  if (items.length === 0) return 0
  if (!isSorted(items)) items.sort()
  let last = 0
  for (let index = 1; index < items.length; index++) {
    const item = items[index] ?? 0
    const both = combine(items[last] ?? 0, item)
    if (both === undefined) last += 1
    items[last] = both ?? item
  }
  return last + 1
}

export type PackedList = {
  /** Empties the list; `combine` joins repeated items from now on. */
  start(combine: Combine): void
  push(line: number, low: number): void
  /** A copy of what is in the list, sorted. */
  read(): Float64Array
}

/** A list that grows, but joins repeated items before it does; made to be used again, as fresh buffers are slow to free. */
export const createPackedList = (): PackedList => {
  let items = EMPTY_PACKED
  let combine: Combine = sumOfLine
  let length = 0
  const makeRoom = (): void => {
    length = compact(items.subarray(0, length), combine)
    if (length * 2 < items.length) return
    const larger = new Float64Array(Math.max(32, items.length * 2))
    larger.set(items.subarray(0, length))
    items = larger
  }
  return {
    start(next) {
      combine = next
      length = 0
    },
    push(line, low) {
      if (length === items.length) makeRoom()
      items[length] = pack(line, low)
      length += 1
    },
    read() {
      length = compact(items.subarray(0, length), combine)
      return length === 0 ? EMPTY_PACKED : items.slice(0, length)
    },
  }
}
