import { emitJob } from '../hooks/emit.ts'
import type { Job, Pipeline, User } from '../types.ts'
import { newSecret, type World } from '../world.ts'
import { startBridge } from './bridges.ts'
import { changeJob } from './jobs.ts'
import { updatePipeline } from './process.ts'
import { latestJobs } from './statuses.ts'

/** Only a finished latest attempt can be retried, so a second retry of the same id is refused. */
export const isRetryable = (job: Job): boolean =>
  !job.retried && job.kind !== 'external' && ['success', 'failed', 'canceled'].includes(job.status)

const cloneJob = (world: World, job: Job, user: User): Job => ({
  ...job,
  id: world.nextId('job'),
  user,
  status: 'created',
  failureReason: null,
  bornAt: Date.now(),
  createdAt: world.now(),
  queuedAt: null,
  startedAt: null,
  finishedAt: null,
  artifacts: null,
  archive: null,
  testReport: null,
  trace: '',
  token: newSecret('glcbt-'),
  bridge: job.bridge === null ? null : { ...job.bridge, downstream: null },
})

const newAttempt = (world: World, job: Job, user: User): Job => {
  const attempt = cloneJob(world, job, user)
  job.retried = true
  job.pipeline.jobs.push(attempt)
  if (attempt.kind === 'build') emitJob(world, attempt)
  changeJob(world, attempt, 'pending')
  if (attempt.kind === 'bridge') startBridge(world, attempt)
  return attempt
}

/** Jobs that were skipped because of a failure before them are decided anew. */
const resetSkipped = (pipeline: Pipeline, after: string): void => {
  const position = pipeline.stages.indexOf(after)
  for (const job of latestJobs(pipeline)) {
    if (job.status === 'skipped' && pipeline.stages.indexOf(job.stage) >= position) job.status = 'created'
  }
}

/** Starts a new attempt under a new id; the old job sends nothing more. */
export const retryJob = (world: World, job: Job, user: User): Job => {
  const attempt = newAttempt(world, job, user)
  resetSkipped(job.pipeline, job.stage)
  updatePipeline(world, job.pipeline)
  return attempt
}

/** Retries failed and cancelled latest jobs; nothing to retry is no error. */
export const retryPipeline = (world: World, pipeline: Pipeline, user: User): void => {
  const again = latestJobs(pipeline).filter((job) => isRetryable(job) && job.status !== 'success')
  if (again.length === 0) return
  for (const job of again) newAttempt(world, job, user)
  for (const job of latestJobs(pipeline)) if (job.status === 'skipped') job.status = 'created'
  updatePipeline(world, pipeline)
}

/** GitLab's own `retry:`; the `failed` of the first attempt is sent all the same, and nothing in it says so. */
export const retryAutomatically = (world: World, job: Job): void => {
  if (job.status !== 'failed' || job.retriesLeft === 0) return
  const attempt = newAttempt(world, job, job.user)
  attempt.retriesLeft = job.retriesLeft - 1
}
