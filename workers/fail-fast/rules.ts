import { matchesAny } from '../../src/conditions.ts'
import { isKnownFlaky, reasonToRetry } from '../../src/retry.ts'
import { isAlive } from '../../src/status.ts'
import type { FailFastFacts } from './facts.ts'

/** One thing that speaks against stopping the pipeline; null: it does not, or its facts were not read yet. */
type Rule = (facts: FailFastFacts) => string | null

const notTheLatest: Rule = ({ job, latest }) => {
  if (!latest || latest.id < job) return 'GitLab does not list the job in its pipeline any more'
  return latest.id === job ? null : `job ${latest.id} is a newer attempt of ${latest.name} (${latest.status})`
}

const notFailed: Rule = ({ latest }) =>
  latest && latest.status !== 'failed' ? `${latest.name} is ${latest.status} by now` : null

const allowedToFail: Rule = ({ latest }) => (latest?.allowFailure ? `${latest.name} is allowed to fail` : null)

const leftToRetry: Rule = ({ latest, options }) => {
  const reason = latest && reasonToRetry(latest, options.retry)
  return reason ? `${latest.name} is retried first: ${reason}` : null
}

const over: Rule = ({ pipeline }) => (isAlive(pipeline.status) ? null : `the pipeline is ${pipeline.status} already`)

/** Of a pipeline whose own jobs have ended, those of others may still run on account of it. */
const nothingLeft: Rule = ({ left, downstream }) =>
  left.count === 0 && downstream?.length === 0 ? 'nothing is left to cancel' : null

const neverInterrupted: Rule = ({ neverInterrupt }) =>
  neverInterrupt.length > 0 ? `${neverInterrupt.join(', ')} must not be interrupted` : null

const otherKindOfPipeline: Rule = ({ traits, options }) => {
  if (!traits) return null
  const { pipelines } = options.failFast
  const { matched, because } = matchesAny(pipelines, traits, options.conditions)
  return matched === null ? `the pipeline is none of ${pipelines.join(', ')}: ${because}` : null
}

const labelled: Rule = ({ mergeRequest, options }) => {
  const label = mergeRequest?.labels.find((title) => options.failFast.skipLabels.includes(title))
  return label ? `the label ${label} is on the merge request` : null
}

/**
 * A pipeline that runs in a fork has the ref of the merge request in the target project: looked up in the fork, that
 * number is another merge request or none. A younger pipeline of another commit than the head's cannot be its own.
 */
const ofAnother: Rule = ({ mergeRequest, pipeline }) => {
  if (!mergeRequest?.sha || !mergeRequest.headPipeline || !pipeline.ref.endsWith('/head')) return null
  const isAnother = mergeRequest.headPipeline < pipeline.id && mergeRequest.sha !== pipeline.sha
  return isAnother
    ? `merge request !${mergeRequest.iid} of this project has another commit: it is not the pipeline's`
    : null
}

const superseded: Rule = ({ mergeRequest, pipeline }) => {
  const newest = mergeRequest?.headPipeline ?? 0
  return newest > pipeline.id ? `pipeline ${newest} of the merge request is newer` : null
}

const deploying: Rule = ({ deploying: jobs = [] }) => {
  const [first] = jobs
  return first ? `${first.job} is deploying to ${first.environment}` : null
}

const rules: readonly Rule[] = [
  notTheLatest,
  notFailed,
  allowedToFail,
  leftToRetry,
  over,
  nothingLeft,
  neverInterrupted,
  otherKindOfPipeline,
  ofAnother,
  labelled,
  superseded,
  deploying,
]

/** The first thing that speaks against stopping the pipeline, as far as facts were read; null: nothing does. */
export function spokenAgainst(facts: FailFastFacts): string | null {
  for (const rule of rules) {
    const because = rule(facts)
    if (because) return because
  }
  return null
}

/** Whether all that failed in the job is known to fail at times, so that another try comes first. */
export const isKnownFlakyJob = ({ latest, failedTests, options }: FailFastFacts): boolean =>
  latest !== null && isKnownFlaky(latest, failedTests, options.retry)
