import { type Action, act, type Decision, skip } from '../../src/action.ts'
import type { FailFastFacts } from './facts.ts'
import { failFastSection, failFastStatus } from './report.ts'
import { isKnownFlakyJob, spokenAgainst } from './rules.ts'

/** Pure: the same facts always give the same decision. */
export function decide(facts: FailFastFacts): Decision {
  const { latest } = facts
  const against = spokenAgainst(facts)
  if (against || !latest) return skip(against ?? 'GitLab does not list the job')
  if (isKnownFlakyJob(facts)) {
    return act(`every failing test of ${latest.name} is known to be flaky, so it is retried once`, {
      type: 'retry_job',
      project: facts.project,
      job: latest.id,
    })
  }
  return act(`${latest.name} failed for good and ${whatIsLeft(facts)} left to stop`, ...stopping(facts))
}

function whatIsLeft({ left, downstream = [] }: FailFastFacts): string {
  const { length } = downstream
  if (left.count === 0) return length === 1 ? '1 downstream pipeline is' : `${length} downstream pipelines are`
  return left.count === 1 ? '1 job is' : `${left.count} jobs are`
}

/** A task that was given up may be retried days later: by then somebody may have mended the pipeline. */
const outdatedAfter = 10 * 60_000

/** First what saves time, then what explains it, last what has to wait until the pipeline settled. */
function stopping(facts: FailFastFacts): Action[] {
  const { project, pipeline, traits, downstream = [] } = facts
  return [
    { type: 'cancel_pipeline', project, pipeline: pipeline.id, outdatedAfter },
    ...downstream.map(cancelDownstream),
    ...note(facts),
    {
      type: 'ensure_pipeline_failed',
      project,
      pipeline: pipeline.id,
      sha: pipeline.sha,
      status: failFastStatus,
      description: `${facts.latest?.name} failed, so the rest of the pipeline was stopped`,
      // GitLab finds no child pipeline to set a status in; what counts is that of its parent.
      ...(traits?.child ? { mayBeRefused: true } : {}),
    },
  ]
}

/** The bot's rights in other projects are another matter than in this one. */
const cancelDownstream = ({ project, pipeline }: { project: number; pipeline: number }): Action => ({
  type: 'cancel_pipeline',
  project,
  pipeline,
  mayBeRefused: true,
})

function note(facts: FailFastFacts): Action[] {
  const { mergeRequest, options, project } = facts
  if (!mergeRequest || !options.failFast.note) return []
  return [
    {
      type: 'write_note',
      project,
      mergeRequest: mergeRequest.iid,
      section: failFastSection(facts),
      noNotesYet: !mergeRequest.hasNotes,
      // Where nobody may comment, the pipeline has to look failed all the same.
      mayBeRefused: true,
    },
  ]
}
