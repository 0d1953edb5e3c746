import { changeJob } from '../ci/jobs.ts'
import { updatePipeline } from '../ci/process.ts'
import { retryAutomatically } from '../ci/retry.ts'
import { isCompleted } from '../ci/statuses.ts'
import type { JobSpec } from '../specs.ts'
import type { CiStatus, Job } from '../types.ts'
import type { World } from '../world.ts'

export type JobDetails = Pick<JobSpec, 'failureReason' | 'duration' | 'artifacts' | 'archive' | 'testReport' | 'trace'>

const applyDetails = (job: Job, details: JobDetails): void => {
  if (details.duration !== undefined) job.plannedDuration = details.duration
  if (details.artifacts !== undefined) job.artifacts = details.artifacts
  if (details.archive !== undefined) {
    job.archive = details.archive
    job.artifacts ??= {}
  }
  if (details.testReport !== undefined) job.testReport = details.testReport
  if (details.trace !== undefined) job.trace = details.trace
}

/**
 * What the runner or GitLab does with a job; later stages and the pipeline follow.
 * @throws When the job is finished: only a retry, which makes a new job, gives it another outcome.
 */
export const setJob = (world: World, job: Job, status: CiStatus, details: JobDetails = {}): void => {
  if (isCompleted(job.status)) throw new Error(`job ${job.id} (${job.name}) is ${job.status} already: retry it instead`)
  applyDetails(job, details)
  changeJob(world, job, status, details.failureReason)
  retryAutomatically(world, job)
  updatePipeline(world, job.pipeline)
}

/** Runs a job from where it is to its end. */
export const finishJob = (
  world: World,
  job: Job,
  status: 'success' | 'failed' = 'success',
  details: JobDetails = {},
): void => {
  if (job.status !== 'running' && job.status !== 'canceling') {
    if (job.status !== 'pending') setJob(world, job, 'pending')
    setJob(world, job, 'running')
  }
  setJob(world, job, status, details)
}
