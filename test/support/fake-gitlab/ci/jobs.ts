import { emitJob } from '../hooks/emit.ts'
import type { JobSpec } from '../specs.ts'
import type { CiStatus, Job, Pipeline, User } from '../types.ts'
import { newSecret, type World } from '../world.ts'
import { updateDeployment } from './deployments.ts'
import { isCompleted } from './statuses.ts'

/** Job events exist for these alone (gitlab: app/models/ci/build.rb): none for canceling, manual, skipped or scheduled. */
const statusesWithEvent: readonly CiStatus[] = ['created', 'pending', 'running', 'success', 'failed', 'canceled']

/** A job as it is right after creation; it is not yet in its pipeline. */
export const newJob = (world: World, pipeline: Pipeline, user: User, spec: JobSpec): Job => ({
  kind: 'build',
  id: world.nextId('job'),
  name: spec.name,
  stage: spec.stage ?? 'test',
  status: 'created',
  pipeline,
  user,
  // Manual jobs are optional unless `allow_failure: false` makes them block the pipeline.
  allowFailure: spec.allowFailure ?? spec.when === 'manual',
  failureReason: null,
  when: spec.when ?? 'on_success',
  environment: spec.environment ?? null,
  needs: spec.needs ?? null,
  retried: false,
  retriesLeft: spec.retry ?? 0,
  interruptible: spec.interruptible ?? false,
  supportsCanceling: spec.supportsCanceling ?? false,
  plannedDuration: spec.duration ?? null,
  bornAt: Date.now(),
  createdAt: world.now(),
  queuedAt: null,
  startedAt: null,
  finishedAt: null,
  artifacts: spec.artifacts ?? null,
  archive: spec.archive ?? null,
  artifactsExpired: spec.artifactsExpired ?? false,
  testReport: spec.testReport ?? null,
  trace: spec.trace ?? '',
  token: newSecret('glcbt-'),
  bridge: null,
  external: null,
})

const setTimes = (job: Job, now: number): void => {
  if (job.status === 'pending') job.queuedAt ??= now
  if (job.status === 'running') job.startedAt = now
  if (!isCompleted(job.status) || job.status === 'skipped') return
  job.finishedAt = now
  const ran = job.status === 'success' || job.status === 'failed'
  if (ran) job.startedAt ??= now - (job.plannedDuration ?? 0) * 1000
}

/**
 * Changes one job and tells the hooks; the caller updates the pipeline afterwards.
 * @param failureReason Only kept for `failed`.
 */
export const changeJob = (world: World, job: Job, status: CiStatus, failureReason = 'script_failure'): void => {
  job.status = status
  job.failureReason = status === 'failed' ? failureReason : null
  setTimes(job, world.now())
  job.pipeline.updatedAt = world.now()
  if (job.kind !== 'build') return
  if (statusesWithEvent.includes(status)) emitJob(world, job)
  updateDeployment(world, job)
}

/** Seconds; the planned ones when the story says how long the job takes. */
export const jobDuration = (job: Job): number | null => {
  if (job.startedAt === null || job.finishedAt === null) return null
  return job.plannedDuration ?? (job.finishedAt - job.startedAt) / 1000
}

export const queuedDuration = (job: Job): number | null => {
  if (job.startedAt === null) return null
  return Math.max(0, job.startedAt - (job.queuedAt ?? job.createdAt)) / 1000
}

/** Number of older attempts of that name in the pipeline at this moment. */
export const retriesCount = (job: Job): number =>
  job.pipeline.jobs.filter((other) => other.retried && other.name === job.name && other.kind === job.kind).length
