import { armBits, armKey, INSTRUCTIONS, MAX_ARMS } from './arms.ts'
import { EMPTY_DATA } from './file-coverage.ts'
import { type Combine, createPackedList, hitsIn, lineOf, sameArm, sumOfLine } from './packed.ts'
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
  /** Empties the record for the next piece. */
  start(options?: RecordOptions): void
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

const lastIn = (items: Float64Array): number => (items.length === 0 ? 0 : lineOf(items.at(-1) ?? 0))

const lastOf = (functions: readonly FunctionCoverage[]): number =>
  functions.reduce((last, { start, end = start }) => Math.max(last, end), 0)

const sorted = (lines: Set<number>): readonly number[] =>
  lines.size === 0 ? EMPTY_DATA.excluded : [...lines].sort((one, other) => one - other)

/** A record that is used again for the next piece: some reports have millions of them. */
export const createRecord = (): FileRecord => {
  const lines = createPackedList()
  const arms = createPackedList()
  const excluded = new Set<number>()
  let functions: FunctionCoverage[] = []
  let fileLength = 0
  let declares = false

  const readLines = (): Float64Array => {
    const own = lines.read()
    if (!declares || functions.length === 0) return own
    const isKnown = (line: number): boolean => excluded.has(line) || hitsIn(own, line) !== undefined
    const declared = declaredLines(functions, isKnown)
    for (const [line, hits] of declared) lines.push(line, hits)
    return declared.size === 0 ? own : lines.read()
  }

  return {
    start(options = {}) {
      lines.start(options.combine ?? sumOfLine)
      arms.start(sameArm)
      excluded.clear()
      functions = []
      fileLength = 0
      declares = options.declares ?? false
    },
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
      const [ownLines, ownArms, ownExcluded] = [readLines(), arms.read(), sorted(excluded)]
      const lastEntry = Math.max(lastIn(ownLines), lastIn(ownArms), ownExcluded.at(-1) ?? 0)
      return {
        lines: ownLines,
        arms: ownArms,
        excluded: ownExcluded,
        functions: mergeFunctions(functions),
        lastLine: Math.max(lastEntry, lastOf(functions), fileLength),
        fileLength,
      }
    },
  }
}
