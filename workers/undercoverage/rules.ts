import type { CommitStatusState } from '../../src/action.ts'
import { isCompleted } from '../../src/status.ts'
import type { CoverageJob, CurrentStatus, PipelineFacts, UndercoverageFacts } from './facts.ts'
import type { Findings } from './findings.ts'
import type { UndercoverageOptions } from './options.ts'

export const switchedOff = 'undercoverage is switched off'

/** How far a pipeline is, as far as its coverage goes. */
export type Stage =
  | { kind: 'nothing'; because: string }
  /** It was switched on when the pipeline started. */
  | { kind: 'off' }
  /** It counts no more. */
  | { kind: 'over'; because: string }
  | { kind: 'spared'; description: string }
  /** For jobs, and for trigger jobs that may bring some. */
  | { kind: 'waiting'; for: string[] }
  /** Cancelled, and our status with it. */
  | { kind: 'stopped' }
  | { kind: 'judged' }
  | { kind: 'ended' }

/** What follows from as much as was read so far; asked while reading, and again when deciding. */
export function stageOf(facts: UndercoverageFacts): Stage {
  const { nothing, pipeline, current, over, label, options } = facts
  if (nothing !== undefined || !pipeline) return { kind: 'nothing', because: nothing ?? 'there is no pipeline' }
  if (pipeline.jobs.length === 0 && !isWaiting(current)) {
    return { kind: 'nothing', because: 'no job of the pipeline matches' }
  }
  if (!options.undercoverage.enabled) return { kind: 'off' }
  if (over) return { kind: 'over', because: over }
  if (label) return { kind: 'spared', description: sparedText(label) }
  return stageOfJobs(facts, pipeline)
}

function stageOfJobs({ current, isForced }: UndercoverageFacts, pipeline: PipelineFacts): Stage {
  const waitsFor = pipeline.jobs.filter((job) => willRun(job, pipeline)).map(({ name }) => name)
  if (waitsFor.length > 0) return { kind: 'waiting', for: waitsFor }
  if (pipeline.openBridges.length > 0 && !pipeline.isQuiet) return { kind: 'waiting', for: pipeline.openBridges }
  const ended = pipeline.jobs.filter(({ status }) => isCompleted(status))
  if (ended.length === 0 && !isWaiting(current)) {
    return { kind: 'nothing', because: 'nobody has started a job that matches' }
  }
  if (ended.every(({ status }) => status === 'canceled' || status === 'skipped') && isStopped(pipeline, current)) {
    return { kind: 'stopped' }
  }
  return current && !isForced && isJudged(ended, current) ? { kind: 'judged' } : { kind: 'ended' }
}

/** GitLab cancels the statuses of a pipeline with its jobs. */
const isStopped = ({ status }: PipelineFacts, current: CurrentStatus | null | undefined): boolean =>
  current ? current.state === 'canceled' : status === 'canceled'

/** Manual jobs wait for a person; what was not even decided when nothing moves any more waits behind one. */
const willRun = ({ status }: CoverageJob, { isQuiet }: PipelineFacts): boolean =>
  !isCompleted(status) && status !== 'manual' && !(isQuiet && status === 'created')

export const isWaiting = (current: CurrentStatus | null | undefined): boolean =>
  current?.state === 'pending' || current?.state === 'running'

/** A verdict is younger than the jobs that it is about; both times are GitLab's. */
function isJudged(ended: readonly CoverageJob[], { state, description, at }: CurrentStatus): boolean {
  const isVerdict = state === 'success' || state === 'failed' || description.startsWith(staleStart)
  if (!isVerdict || isWaiting({ state, description, at })) return false
  if (description.startsWith(sparedStart)) return false
  return ended.every(({ finishedAt }) => (finishedAt ?? 0) <= at)
}

const sparedStart = 'skipped by label'
const staleStart = 'waits for a new pipeline'

function sparedText({ name, by }: { name: string; by: string | null }): string {
  return by === null ? `${sparedStart} ${name}` : `${sparedStart} ${name}, set by ${by}`
}

/** What becomes of the status: only a finding fails it, and an error where that is wanted; old reports say nothing. */
export function stateOf({ verdict, because }: Findings, { undercoverage }: UndercoverageOptions): StatusText {
  const { blocking, onError } = undercoverage
  const failed = (isBad: boolean) => (isBad && blocking ? 'failed' : 'success')
  switch (verdict) {
    case 'pass':
      return { state: 'success', description: because }
    case 'fail':
      return { state: failed(true), description: blocking ? because : `only reported: ${because}` }
    case 'error':
      return { state: failed(onError === 'fail'), description: `cannot be judged: ${because}` }
    case 'stale':
      return { state: blocking ? 'canceled' : 'success', description: `${staleStart}: ${because}` }
    default:
      return verdict satisfies never
  }
}

export type StatusText = { state: CommitStatusState; description: string }
