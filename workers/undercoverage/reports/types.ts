import type { Diff } from '../../../src/reports/diff/types.ts'
import type { Findings } from '../findings.ts'
import type { Checkout } from '../judge/report-path.ts'
import type { GateOptions, NamedReport } from '../judge/types.ts'

/** A report, and where it comes from. */
export type ReportName = Pick<NamedReport, 'name' | 'directory'>

/** A report of which nothing could be had. */
export type BrokenReport = ReportName & { read: Extract<NamedReport['read'], { outcome: 'unreadable' }> }

/** What the reports are for. */
export type SurveyTask = { diff: Diff; ignore: readonly string[]; checkout: Checkout }

/** What the judgement needs beside the reports. */
export type Survey = {
  /** Paths of the changed files that are judged. */
  files: string[]
  /** Whether the list of the repository's files is needed to tell which of them the reports mean. */
  needsTree: boolean
}

export type JudgeTask = SurveyTask & {
  /** null: not known, or not needed. */
  tree: readonly string[] | null
  options: GateOptions
  /** Texts of the judged files, as far as they could be had. */
  sources: ReadonlyMap<string, string>
  commits: readonly string[]
  /** What is to be told beside what is found. */
  warnings: readonly string[]
}

/** The reports of one judgement: first all are added, then it is surveyed what else is needed, then judged. */
export type CoverageReading = {
  /** @throws what the stream throws */
  add(report: ReportName, file: { size: number; open(): Promise<AsyncIterable<Uint8Array>> }): Promise<void>
  addBroken(report: BrokenReport): Promise<void>
  survey(task: SurveyTask): Promise<Survey>
  judge(task: JudgeTask): Promise<Findings>
  close(): void
}

/** Reading of coverage reports and judging by them. */
export type CoverageWork = {
  /** @param changed paths of the changed files: of others no lines are kept */
  reading(changed: readonly string[]): CoverageReading
  /** Does something with a thread of its own. */
  alone<Result>(use: (work: CoverageWork) => Promise<Result>): Promise<Result>
  close(): Promise<void>
}
