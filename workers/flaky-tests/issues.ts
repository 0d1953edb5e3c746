import type { Action } from '../../src/action.ts'
import { fingerprintId } from './cause.ts'
import type { FlakyTestsFacts, IssueFacts } from './facts.ts'
import { causeMarker, testMarker } from './issue-marks.ts'
import { isProven } from './proven.ts'
import { causeIssue, testIssue } from './report/issue.ts'
import type { JudgedTest } from './results/types.ts'

/** So many tests with one exception have one cause. */
const systemicFrom = 10

/** One issue for each flaky test, or one for their common cause; last of all, and without them nothing is missing. */
export function issuesOf(facts: FlakyTestsFacts): Action[] {
  const { issues, judged, options, project, path } = facts
  if (!issues || 'refused' in issues || !judged) return []
  const { causes, single } = byCause(judged.flaky.filter(isProven))
  const wanted = [
    ...causes.map(({ id, tests }) => ({ marker: causeMarker(project, id), ...causeIssue(tests, facts) })),
    ...single.map((test) => ({ marker: testMarker(project, test.id), ...testIssue(test, facts, issues.owners) })),
  ]
  const { labels, atMost } = options.flakyTests.issues
  return within(wanted, issues, atMost).map((issue) => ({
    type: 'keep_issue',
    project: issues.project,
    origin: { id: project, path },
    labels,
    state: 'opened',
    mayBeRefused: true,
    ...issue,
  }))
}

/** What is known is brought up to date; of what is new, so many and no more. */
function within<Wanted extends { marker: string }>(wanted: Wanted[], { known }: IssueFacts, atMost: number): Wanted[] {
  const markers = new Set(known.map(({ marker }) => marker))
  const news = new Set(wanted.filter(({ marker }) => !markers.has(marker)).slice(0, atMost))
  return wanted.filter((issue) => markers.has(issue.marker) || news.has(issue))
}

function byCause(flaky: readonly JudgedTest[]) {
  const groups = new Map<string, JudgedTest[]>()
  for (const test of flaky) {
    const id = fingerprintId(test.message)
    groups.set(id, [...(groups.get(id) ?? []), test])
  }
  const causes = [...groups].filter(([id, tests]) => id !== '' && tests.length >= systemicFrom)
  const systemic = new Set(causes.flatMap(([, tests]) => tests))
  return {
    causes: causes.map(([id, tests]) => ({ id, tests })),
    single: flaky.filter((test) => !systemic.has(test)),
  }
}
