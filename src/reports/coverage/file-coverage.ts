import { isBranch, isTaken } from './arms.ts'
import { EMPTY_PACKED, hitsIn, lineOf, lowerBound, lowOf } from './packed.ts'
import type { BranchCount, FileCoverage, FileData, FunctionCoverage } from './types.ts'

export const EMPTY_DATA: FileData = {
  lines: EMPTY_PACKED,
  arms: EMPTY_PACKED,
  excluded: [],
  functions: [],
  lastLine: 0,
  fileLength: 0,
}

/** A class, unlike its neighbours, because a report can hold 100,000 files and methods of a prototype cost nothing per file. */
class PackedCoverage implements FileCoverage {
  readonly data: FileData

  constructor(data: FileData) {
    this.data = data
  }

  hitsAt(line: number): number | undefined {
    return hitsIn(this.data.lines, line)
  }

  branchesAt(line: number): BranchCount | undefined {
    const arms = this.armsAt(line).filter(isBranch)
    return arms.length === 0 ? undefined : { missed: arms.filter((arm) => !isTaken(arm)).length, total: arms.length }
  }

  isPartial(line: number): boolean {
    return (this.hitsAt(line) ?? 0) > 0 && this.armsAt(line).some((arm) => !isTaken(arm))
  }

  isExcluded(line: number): boolean {
    return this.data.excluded.includes(line)
  }

  *measuredLines(): IterableIterator<number> {
    for (const item of this.data.lines) yield lineOf(item)
  }

  *branchLines(): IterableIterator<number> {
    let last = 0
    for (const arm of this.data.arms) {
      if (lineOf(arm) === last || !isBranch(arm)) continue
      last = lineOf(arm)
      yield last
    }
  }

  get measuredCount(): number {
    return this.data.lines.length
  }

  get coveredCount(): number {
    return this.data.lines.reduce((count, item) => count + (lowOf(item) > 0 ? 1 : 0), 0)
  }

  get excludedLines(): readonly number[] {
    return this.data.excluded
  }

  get functions(): readonly FunctionCoverage[] {
    return this.data.functions
  }

  get lastLine(): number {
    return this.data.lastLine
  }

  get fileLength(): number {
    return this.data.fileLength
  }

  private armsAt(line: number): Float64Array {
    return this.data.arms.subarray(lowerBound(this.data.arms, line), lowerBound(this.data.arms, line + 1))
  }
}

export const createFileCoverage = (data: FileData): FileCoverage => new PackedCoverage(data)

/** The same file with these lines taken out of the measure, as a skip marker in its source asks. */
export const excludeLines = (coverage: FileCoverage, lines: Iterable<number>): FileCoverage => {
  const excluded = new Set(lines)
  const { data } = coverage
  return createFileCoverage({
    ...data,
    lines: data.lines.filter((item) => !excluded.has(lineOf(item))),
    arms: data.arms.filter((arm) => !excluded.has(lineOf(arm))),
    excluded: [...new Set([...data.excluded, ...excluded])].sort((one, other) => one - other),
  })
}
