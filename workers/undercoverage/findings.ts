import { ranges } from './judge/ranges.ts'
import type { FileFinding, FunctionFinding, Judgement, Verdict } from './judge/types.ts'

/** Lines as `14, 27-28`. */
type Lines = string

export type FunctionRow = {
  name: string
  start: number
  end: number | null
  neverRan: boolean
  measured: number
  covered: number
  uncovered: Lines
  partial: Lines
}

export type FileRow = { path: string; functions: FunctionRow[]; outside: Lines; missedBranches: Lines }

/** As much of a judgement as people are told and the decision is kept with; lists are cut, and say so by their counts. */
export type Findings = {
  verdict: Verdict
  because: string
  reasons: string[]
  fix: string | null
  totals: Judgement['totals']
  /** Files with findings. */
  files: FileRow[]
  filesLeftOut: number
  missing: { path: string; because: string }[]
  missingLeftOut: number
  excludedByThisChange: { path: string; lines: Lines }[]
  excused: number
  /** Changed source files of kinds that no report measures. */
  unmeasured: string[]
  warnings: string[]
  /** Names of the reports with what is wrong with them. */
  reports: { name: string; problem: string | null }[]
}

const most = {
  files: 40,
  functions: 15,
  missing: 40,
  excluded: 20,
  warnings: 15,
  reports: 30,
  reasons: 10,
  unmeasured: 3,
}
const longestText = 400

export function findingsOf(judgement: Judgement, moreWarnings: readonly string[]): Findings {
  const files = judgement.files.filter((file) => isTold(file))
  const { notInReport, excludedByThisChange } = judgement
  return {
    verdict: judgement.verdict,
    because: short(judgement.because),
    reasons: judgement.reasons.slice(0, most.reasons).map(short),
    fix: judgement.fix,
    totals: judgement.totals,
    files: files.slice(0, most.files).map(fileRow),
    filesLeftOut: Math.max(0, files.length - most.files),
    missing: notInReport.slice(0, most.missing).map(({ path, because }) => ({ path, because: short(because) })),
    missingLeftOut: Math.max(0, notInReport.length - most.missing),
    excludedByThisChange: excludedByThisChange
      .slice(0, most.excluded)
      .map(({ path, lines }) => ({ path, lines: short(ranges(lines)) })),
    excused: judgement.excused.length,
    unmeasured: judgement.unmeasured.slice(0, most.unmeasured).map(short),
    warnings: [...moreWarnings, ...ambiguities(judgement), ...judgement.warnings].slice(0, most.warnings).map(short),
    reports: judgement.reports.slice(0, most.reports).map(({ name, problem }) => ({ name, problem })),
  }
}

/** Nothing could be judged. */
export const errorFindings = (because: string, fix: string | null, warnings: readonly string[] = []): Findings => ({
  verdict: 'error',
  because: short(because),
  reasons: [short(because)],
  fix,
  totals: { changed: 0, measured: 0, uncovered: 0, covered: 0, partial: 0, percent: null },
  files: [],
  filesLeftOut: 0,
  missing: [],
  missingLeftOut: 0,
  excludedByThisChange: [],
  excused: 0,
  unmeasured: [],
  warnings: warnings.slice(0, most.warnings).map(short),
  reports: [],
})

const short = (text: string): string => (text.length > longestText ? `${text.slice(0, longestText)}…` : text)

const isTold = ({ uncovered, missedBranches, functions, outside }: FileFinding): boolean =>
  uncovered.length + missedBranches.length + functions.length + outside.length > 0

const fileRow = ({ path, functions, outside, missedBranches }: FileFinding): FileRow => ({
  path,
  functions: functions.slice(0, most.functions).map(functionRow),
  outside: short(ranges(outside)),
  missedBranches: short(ranges(missedBranches)),
})

const functionRow = (found: FunctionFinding): FunctionRow => ({
  ...found,
  uncovered: short(ranges(found.uncovered)),
  partial: short(ranges(found.partial)),
})

const ambiguities = ({ ambiguous }: Judgement): string[] =>
  ambiguous.map(
    ({ reportPath, candidates }) =>
      `${reportPath} of the report fits ${candidates.slice(0, 3).join(' and ')}, so it counts for none of them`,
  )
