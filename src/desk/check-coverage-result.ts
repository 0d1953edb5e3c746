import { compare } from '../../workers/undercoverage/judge/scope.ts'
import type { FileFinding, Judgement, ReportUse, Verdict } from '../../workers/undercoverage/judge/types.ts'

/** Lines by path; paths without lines are left out. */
type LinesByPath = Record<string, number[]>

type FunctionRow = {
  name: string
  start: number
  end: number | null
  never_ran: boolean
  measured: number
  covered: number
  uncovered: number[]
  partial: number[]
}

/** What `check coverage --json` prints. */
export type CheckCoverageJson = {
  verdict: Verdict
  because: string
  reasons: string[]
  fix: string | null
  uncovered: LinesByPath
  covered: LinesByPath
  partial: LinesByPath
  missed_branches: LinesByPath
  not_in_report: string[]
  excluded: LinesByPath
  /** Lines with skip markers that this change adds. */
  excluded_by_this_change: LinesByPath
  totals: {
    changed: number
    measured: number
    uncovered: number
    covered: number
    partial: number
    percent: number | null
  }
  functions: Record<string, FunctionRow[]>
  missing: { path: string; because: string }[]
  excused: { path: string; because: string }[]
  ignored_files: string[]
  ambiguous: Record<string, string[]>
  reports: ReportUse[]
  warnings: string[]
}

export function toJson(judgement: Judgement): CheckCoverageJson {
  const { files } = judgement
  return {
    verdict: judgement.verdict,
    because: judgement.because,
    reasons: judgement.reasons,
    fix: judgement.fix,
    uncovered: linesOf(files, (file) => file.uncovered),
    covered: linesOf(files, (file) => file.covered),
    partial: linesOf(files, (file) => file.partial),
    missed_branches: linesOf(files, (file) => file.missedBranches),
    not_in_report: judgement.notInReport.map(({ path }) => path),
    excluded: linesOf(files, (file) => file.excluded),
    excluded_by_this_change: Object.fromEntries(judgement.excludedByThisChange.map(({ path, lines }) => [path, lines])),
    totals: judgement.totals,
    functions: functionsOf(files),
    missing: judgement.notInReport.map(({ path, because }) => ({ path, because })),
    excused: judgement.excused,
    ignored_files: judgement.ignored,
    ambiguous: Object.fromEntries(
      judgement.ambiguous
        .map(({ reportPath, candidates }): [string, string[]] => [reportPath, candidates])
        .sort(([one], [other]) => compare(one, other)),
    ),
    reports: judgement.reports,
    warnings: judgement.warnings,
  }
}

const linesOf = (files: readonly FileFinding[], lines: (file: FileFinding) => number[]): LinesByPath =>
  Object.fromEntries(files.filter((file) => lines(file).length > 0).map((file) => [file.path, lines(file)]))

const functionsOf = (files: readonly FileFinding[]): Record<string, FunctionRow[]> =>
  Object.fromEntries(
    files
      .filter(({ functions }) => functions.length > 0)
      .map(({ path, functions }) => [
        path,
        functions.map(({ neverRan, ...rest }) => ({ ...rest, never_ran: neverRan })),
      ]),
  )
