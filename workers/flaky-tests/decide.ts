import { type Action, act, type Decision, skip } from '../../src/action.ts'
import { plural } from '../../src/note/wording.ts'
import type { FlakyTestsFacts } from './facts.ts'
import { issuesOf } from './issues.ts'
import { flakySection } from './report.ts'
import { retryVerdict } from './retry.ts'
import { updateOf } from './update.ts'

/** Pure: the same facts always give the same decision. */
export function decide(facts: FlakyTestsFacts): Decision {
  const verdict = retryVerdict(facts)
  const actions = [
    ...remember(facts),
    ...retry(facts, verdict.retry),
    ...note(facts, verdict.retry),
    ...issuesOf(facts),
  ]
  const because =
    [verdict.because, summary(facts), withoutIssues(facts)].filter(Boolean).join('; ') || 'no job left test results'
  return actions.length > 0 ? act(because, ...actions) : skip(because)
}

/** First, so that nothing is lost when something after it is refused. */
function remember(facts: FlakyTestsFacts): Action[] {
  const update = updateOf(facts)
  return update ? [{ type: 'remember_tests', ...update }] : []
}

/** A refusal, as on a protected branch, is said in the note. */
function retry({ project, attempt }: FlakyTestsFacts, reason: string | null): Action[] {
  if (!reason || !attempt?.latest) return []
  return [{ type: 'retry_job', project, job: attempt.latest.id, mayBeRefused: true }]
}

function note(facts: FlakyTestsFacts, reason: string | null): Action[] {
  const { project, mergeRequest, options, pipeline } = facts
  if (!mergeRequest || !options.flakyTests.note || facts.reportedBy !== null) return []
  if ((mergeRequest.headPipeline ?? 0) > pipeline.id) return []
  const section = flakySection(facts, reason ? { retry: reason } : {})
  const write = { type: 'write_note', project, mergeRequest: mergeRequest.iid, section } as const
  if (section.markdown === '') return mergeRequest.hasNotes ? [{ ...write, onlyIfThere: true, mayBeRefused: true }] : []
  const ifRefused = reason ? { ifRefused: flakySection(facts, { refusal: reason }) } : {}
  return [{ ...write, ...ifRefused, noNotesYet: !mergeRequest.hasNotes, mayBeRefused: true }]
}

/** In numbers, for the log; empty where there is nothing to count. */
function summary({ judged, unread }: FlakyTestsFacts): string {
  if (!judged) return unread.length > 0 ? 'no test results could be read' : ''
  const { failed, flaky, passed } = judged.counts
  return `${plural(failed, 'test')} failed, ${flaky} flaky, ${passed} passed`
}

const withoutIssues = ({ issues }: FlakyTestsFacts): string =>
  issues && 'refused' in issues ? `issues of flaky tests cannot be kept: ${issues.refused}` : ''
