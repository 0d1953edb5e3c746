import { pathMatcher } from '../../../src/match.ts'
import { readCoverage } from '../../../src/reports/coverage/read.ts'
import { namesAllExactly } from '../exact-paths.ts'
import { type Findings, findingsOf } from '../findings.ts'
import { judgeCoverage } from '../judge/judge.ts'
import { mayBeOneOf } from '../judge/report-path.ts'
import { scopeOf } from '../judge/scope.ts'
import type { NamedReport } from '../judge/types.ts'
import type { BrokenReport, JudgeTask, ReportName, Survey, SurveyTask } from './types.ts'

/** The work itself, wherever it is done: reads reports one after the other, then judges by all of them. */
export function createReports(changed: readonly string[]) {
  const reports: NamedReport[] = []
  const wants = mayBeOneOf(changed)
  return {
    async read(report: ReportName, bytes: AsyncIterable<Uint8Array>): Promise<void> {
      reports.push({ ...report, read: await readCoverage(bytes, { wants }) })
    },
    addBroken: (report: BrokenReport) => void reports.push(report),
    survey: (task: SurveyTask): Survey => survey(reports, task),
    judge: (task: JudgeTask): Findings => judge(reports, task),
  }
}

export type Reports = ReturnType<typeof createReports>

function survey(all: readonly NamedReport[], { diff, ignore, checkout }: SurveyTask): Survey {
  const reports = all.flatMap(({ read }) => (read.outcome === 'read' ? read.report : []))
  const files = scopeOf(diff, reports, { isIgnored: pathMatcher(ignore) }).files.map(({ path }) => path)
  return { files, needsTree: !namesAllExactly(reports, files, checkout) }
}

function judge(reports: readonly NamedReport[], { ignore, sources, warnings, ...task }: JudgeTask): Findings {
  const judgement = judgeCoverage({
    ...task,
    reports,
    isIgnored: pathMatcher(ignore),
    sourceOf: (file) => sources.get(file) ?? null,
  })
  return findingsOf(judgement, warnings)
}
