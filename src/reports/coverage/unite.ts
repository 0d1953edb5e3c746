import { isTaken } from './arms.ts'
import { createFileCoverage, EMPTY_DATA } from './file-coverage.ts'
import { addHits, EMPTY_PACKED, hitsIn, lineOf, sameArm, sumOfLine } from './packed.ts'
import type { FileCoverage, FileData, FunctionCoverage } from './types.ts'

const addCalls = (one: number | undefined, other: number | undefined): number | undefined =>
  one === undefined || other === undefined ? (one ?? other) : addHits(one, other)

const sameFunction = (one: FunctionCoverage, other: FunctionCoverage): FunctionCoverage => {
  const hits = addCalls(one.hits, other.hits)
  const end = Math.max(one.end ?? 0, other.end ?? 0)
  return { name: one.name, start: one.start, ...(end > 0 && { end }), ...(hits !== undefined && { hits }) }
}

const byStartAndName = (one: FunctionCoverage, other: FunctionCoverage): number => {
  if (one.start !== other.start) return one.start - other.start
  if (one.name === other.name) return 0
  return one.name < other.name ? -1 : 1
}

/** Functions of equal name and start are one; their calls add up. */
export const mergeFunctions = (functions: readonly FunctionCoverage[]): readonly FunctionCoverage[] => {
  if (functions.length === 0) return EMPTY_DATA.functions
  const merged: FunctionCoverage[] = []
  for (const next of functions.toSorted(byStartAndName)) {
    const last = merged.at(-1)
    if (last === undefined || byStartAndName(last, next) !== 0) merged.push(next)
    else merged[merged.length - 1] = sameFunction(last, next)
  }
  return merged
}

/** Both ascending lists as one; `both` joins what stands for the same thing. */
const mergeSorted = (
  one: Float64Array,
  other: Float64Array,
  join: { same(a: number, b: number): number | undefined; onlyOne(a: number): number; onlyOther(b: number): number },
): Float64Array => {
  if (one.length + other.length === 0) return EMPTY_PACKED
  const merged = new Float64Array(one.length + other.length)
  let [length, index, place] = [0, 0, 0]
  while (index < one.length || place < other.length) {
    const a = one[index] ?? Number.POSITIVE_INFINITY
    const b = other[place] ?? Number.POSITIVE_INFINITY
    const same = a === Number.POSITIVE_INFINITY || b === Number.POSITIVE_INFINITY ? undefined : join.same(a, b)
    merged[length] = same ?? (a < b ? join.onlyOne(a) : join.onlyOther(b))
    length += 1
    if (same !== undefined || a < b) index += 1
    if (same !== undefined || a >= b) place += 1
  }
  return length === merged.length ? merged : merged.slice(0, length)
}

const unchanged = (item: number): number => item

const mergeLines = (one: Float64Array, other: Float64Array): Float64Array =>
  mergeSorted(one, other, { same: sumOfLine, onlyOne: unchanged, onlyOther: unchanged })

/** An arm that a report with hits on its line does not list was not missed there. */
const takenIfRun = (arm: number, lines: Float64Array): number =>
  !isTaken(arm) && (hitsIn(lines, lineOf(arm)) ?? 0) > 0 ? arm + 1 : arm

const mergeArms = (one: FileData, other: FileData): Float64Array =>
  mergeSorted(one.arms, other.arms, {
    same: sameArm,
    onlyOne: (arm) => takenIfRun(arm, other.lines),
    onlyOther: (arm) => takenIfRun(arm, one.lines),
  })

const mergeExcluded = (one: FileData, other: FileData, lines: Float64Array): readonly number[] => {
  if (one.excluded.length + other.excluded.length === 0) return EMPTY_DATA.excluded
  return [...new Set([...one.excluded, ...other.excluded])]
    .filter((line) => hitsIn(lines, line) === undefined)
    .sort((a, b) => a - b)
}

/** What two independent records say of one file: hits add up, an arm is missed if no record that has its line took it. */
export const uniteData = (one: FileData, other: FileData): FileData => {
  const lines = mergeLines(one.lines, other.lines)
  return {
    lines,
    arms: mergeArms(one, other),
    excluded: mergeExcluded(one, other, lines),
    functions: mergeFunctions([...one.functions, ...other.functions]),
    lastLine: Math.max(one.lastLine, other.lastLine),
    fileLength: Math.max(one.fileLength, other.fileLength),
  }
}

/** Independent measurements of one file as one, whatever their order. */
export const uniteFiles = (coverages: Iterable<FileCoverage>): FileCoverage => {
  let united = EMPTY_DATA
  for (const { data } of coverages) united = uniteData(united, data)
  return createFileCoverage(united)
}

/** The files of all reports, each under its path in the repository; order does not matter. */
export const uniteReports = (files: Iterable<{ path: string; coverage: FileCoverage }>): Map<string, FileCoverage> => {
  const united = new Map<string, FileCoverage>()
  for (const { path, coverage } of files) {
    const known = united.get(path)
    united.set(path, known === undefined ? coverage : uniteFiles([known, coverage]))
  }
  return united
}
