import { armBits, armKey, INSTRUCTIONS, MAX_ARMS } from './arms.ts'
import { type Combine, createPackedList, hitsIn, lineOf, type PackedList, sameArm, sumOfLine } from './packed.ts'
import type { FileData, FunctionCoverage } from './types.ts'
import { mergeFunctions } from './unite.ts'

/** What one piece of a report (an lcov record, a Cobertura class) says of a file, while it is read. Lines must be valid. */
export type FileRecord = {
  line(line: number, hits: number): void
  /** An arm with an identity of its own, so that reports can complete each other. */
  arm(line: number, identity: string, taken: boolean): void
  /** Arms of which only the numbers are known. */
  countedArms(line: number, covered: number, total: number): void
  /** JaCoCo: some instruction of the line never ran. */
  missedInstructions(line: number): void
  exclude(line: number): void
  function(found: FunctionCoverage): void
  length(lines: number): void
  finish(): FileData
}

export type RecordOptions = {
  /** What becomes of two entries of one line: added up by default. */
  combine?: Combine
  /** A declaration line without an entry of its own is measured with the function's call count. */
  declares?: boolean
}

/** Of several functions that start on one line, the one called most decides, as with statements of istanbul. */
const declaredLines = (functions: readonly FunctionCoverage[], isKnown: (line: number) => boolean) => {
  const declared = new Map<number, number>()
  for (const { start, hits } of functions) {
    if (hits === undefined || isKnown(start)) continue
    declared.set(start, Math.max(hits, declared.get(start) ?? 0))
  }
  return declared
}

const greatestLine = (data: Omit<FileData, 'lastLine'>): number => {
  const ends = data.functions.map((one) => one.end ?? one.start)
  const own = [data.lines.at(-1) ?? 0, data.arms.at(-1) ?? 0].map(lineOf)
  return [...own, data.excluded.at(-1) ?? 0, data.fileLength].reduce(
    (a, b) => Math.max(a, b),
    ends.reduce((a, b) => Math.max(a, b), 0),
  )
}

/** Room that one record after the other is written into. */
export type RecordBuffers = { lines: PackedList; arms: PackedList }

export const createRecordBuffers = (): RecordBuffers => ({ lines: createPackedList(), arms: createPackedList() })

/** Starts a record in `buffers`, which it has for itself until it is finished. */
export const createRecord = (
  { lines, arms }: RecordBuffers,
  { combine = sumOfLine, declares = false }: RecordOptions = {},
): FileRecord => {
  lines.start(combine)
  arms.start(sameArm)
  const excluded = new Set<number>()
  const functions: FunctionCoverage[] = []
  let fileLength = 0

  const takeLines = (): Float64Array => {
    const own = lines.read()
    if (!declares || functions.length === 0) return own
    const isKnown = (line: number): boolean => excluded.has(line) || hitsIn(own, line) !== undefined
    const declared = declaredLines(functions, isKnown)
    for (const [line, hits] of declared) lines.push(line, hits)
    return declared.size === 0 ? own : lines.read()
  }

  return {
    line: (line, hits) => lines.push(line, hits),
    arm: (line, identity, taken) => arms.push(line, armBits(armKey(identity), taken)),
    countedArms(line, covered, total) {
      const shown = Math.min(total, MAX_ARMS)
      const taken = covered >= total ? shown : Math.min(covered, shown - 1)
      for (let index = 0; index < shown; index++) arms.push(line, armBits(index, index < taken))
    },
    missedInstructions: (line) => arms.push(line, armBits(INSTRUCTIONS, false)),
    exclude: (line) => excluded.add(line),
    function: (found) => functions.push(found),
    length(count) {
      fileLength = count
    },
    finish() {
      const data = {
        lines: takeLines(),
        arms: arms.read(),
        excluded: [...excluded].sort((one, other) => one - other),
        functions: mergeFunctions(functions),
        fileLength,
      }
      return { ...data, lastLine: greatestLine(data) }
    },
  }
}
