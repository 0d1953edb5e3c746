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

/** Used again for the next piece: some reports have millions of them. */
class Piece implements FileRecord {
  readonly #lines = createPackedList()
  readonly #arms = createPackedList()
  readonly #excluded = new Set<number>()
  readonly #accept: AcceptFunction
  #functions: FunctionCoverage[] = []
  #fileLength = 0
  #declares = false

  constructor(accept: AcceptFunction) {
    this.#accept = accept
  }

  start({ combine = sumOfLine, declares = false }: RecordOptions = {}): void {
    this.#lines.start(combine)
    this.#arms.start(sameArm)
    this.#excluded.clear()
    this.#functions = []
    this.#fileLength = 0
    this.#declares = declares
  }

  line(line: number, hits: number): void {
    this.#lines.push(line, hits)
  }

  arm(line: number, identity: string, taken: boolean): void {
    this.#arms.push(line, armBits(armKey(identity), taken))
  }

  countedArms(line: number, covered: number, total: number): void {
    const shown = Math.min(total, MAX_ARMS)
    const taken = covered >= total ? shown : Math.min(covered, shown - 1)
    for (let index = 0; index < shown; index++) this.#arms.push(line, armBits(index, index < taken))
  }

  missedInstructions(line: number): void {
    this.#arms.push(line, armBits(INSTRUCTIONS, false))
  }

  exclude(line: number): void {
    this.#excluded.add(line)
  }

  function(found: FunctionCoverage): void {
    const accepted = this.#accept(found)
    if (accepted !== undefined) this.#functions.push(accepted)
  }

  length(lines: number): void {
    this.#fileLength = lines
  }

  finish(): FileData {
    const [lines, arms, excluded] = [this.#readLines(), this.#arms.read(), sorted(this.#excluded)]
    const lastEntry = Math.max(lastIn(lines), lastIn(arms), excluded.at(-1) ?? 0)
    return {
      lines,
      arms,
      excluded,
      functions: mergeFunctions(this.#functions),
      lastLine: Math.max(lastEntry, lastOf(this.#functions), this.#fileLength),
      fileLength: this.#fileLength,
    }
  }

  #readLines(): Float64Array {
    const own = this.#lines.read()
    if (!this.#declares || this.#functions.length === 0) return own
    const isKnown = (line: number): boolean => this.#excluded.has(line) || hitsIn(own, line) !== undefined
    const declared = declaredLines(this.#functions, isKnown)
    for (const [line, hits] of declared) this.#lines.push(line, hits)
    return declared.size === 0 ? own : this.#lines.read()
  }
}

/** A function as it is to be kept, or undefined. */
type AcceptFunction = (found: FunctionCoverage) => FunctionCoverage | undefined

export const createRecord = (accept: AcceptFunction = (found) => found): FileRecord => new Piece(accept)
