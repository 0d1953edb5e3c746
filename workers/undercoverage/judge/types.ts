import type { ReadOutcome } from '../../../src/reports/coverage/types.ts'
import type { Diff } from '../../../src/reports/diff/types.ts'
import type { Checkout } from './report-path.ts'

/** What decides over pass and fail; the keys of `undercoverage` in the configuration that the judgement rests on. */
export type GateOptions = {
  /** What follows from a changed source file that no report has. */
  missingFiles: 'fail' | 'warn' | 'ignore'
  /** A changed line in a function that never ran fails, also where the line has no entry. */
  methods: boolean
  /** A missed branch on a changed line counts as an uncovered line. */
  branches: boolean
  maxUncoveredLines: number
  /** Of the measured changed lines, compared exactly; takes the place of `maxUncoveredLines`. */
  minPercent: number | null
}

/** One report with what is known of where it comes from. */
export type NamedReport = {
  /** For people: the job and the path inside its artifacts, or the file. */
  name: string
  /** Where it lies in the repository or artifact; "" at the top. */
  directory: string
  read: ReadOutcome
}

export type JudgeInput = {
  diff: Diff
  reports: readonly NamedReport[]
  /** Paths of all files at the head; null when unknown, then the changed files stand for them. */
  tree: readonly string[] | null
  checkout: Checkout
  options: GateOptions
  isIgnored(path: string): boolean
  /** Text of a file at the head, null when it is not at hand; asked for only where it can matter. */
  sourceOf(path: string): string | null
  /** Commits a report may be made of: the merge request's head and the pipeline's own. Empty: not checked. */
  commits: readonly string[]
  ignoreWhitespace?: boolean
}

/** What a changed file's functions have to do with the findings. */
export type FunctionFinding = {
  name: string
  start: number
  /** null when only its start is known. */
  end: number | null
  /** It was changed and never ran. */
  neverRan: boolean
  /** Measured lines of its body, changed or not, and how many of them ran. */
  measured: number
  covered: number
  /** Changed lines without a hit. */
  uncovered: number[]
  /** Changed lines with hits and a missed branch. */
  partial: number[]
}

/** A changed file that a report has; all lines are changed ones, ascending. */
export type FileFinding = {
  path: string
  changed: number
  uncovered: number[]
  covered: number[]
  /** Also in `covered`. */
  partial: number[]
  /** With a missed branch, whatever their hits; they count with `branches`. */
  missedBranches: number[]
  /** Left out by a marker although measured, or by the report itself. */
  excluded: number[]
  /** Those with findings, by start. */
  functions: FunctionFinding[]
  /** Uncovered lines outside of all known functions. */
  outside: number[]
}

export type MissingFile = {
  path: string
  because: string
  /** Files of the repository that the report's path fits as well; empty unless ambiguous. */
  candidates: string[]
  changed: number
}

/** How far one report could be used. */
export type ReportUse = {
  name: string
  format: string | null
  files: number
  mapped: number
  unmapped: number
  /** What is wrong with it, or null. */
  problem: string | null
}

export type Verdict = 'pass' | 'fail' | 'error' | 'stale'

/** The whole judgement: enough for a terminal, JSON and a note. */
export type Judgement = {
  verdict: Verdict
  /** One sentence for a status: what decided. */
  because: string
  /** Everything that speaks for the verdict, the first being `because`. */
  reasons: string[]
  /** What to do about it; null when nothing is to be done. */
  fix: string | null
  files: FileFinding[]
  notInReport: MissingFile[]
  /** Changed source files that no report has, with what excuses each. */
  excused: { path: string; because: string }[]
  /** Changed files that are not judged: of other kinds than the reports measure, or ignored. */
  ignored: string[]
  /** Those of them that are source files nobody asked to ignore: of kinds that no report at hand measures. */
  unmeasured: string[]
  /** Lines with markers that this change adds. */
  excludedByThisChange: { path: string; lines: number[] }[]
  ambiguous: { reportPath: string; candidates: string[] }[]
  reports: ReportUse[]
  totals: {
    changed: number
    measured: number
    uncovered: number
    covered: number
    partial: number
    percent: number | null
  }
  warnings: string[]
}
