import type { Job, Pipeline } from '../types.ts'
import type { World } from '../world.ts'
import { changeJob } from './jobs.ts'
import { updatePipeline } from './process.ts'
import { isCancelable, latestJobs } from './statuses.ts'

/**
 * Cancels what can be cancelled here and in child pipelines (gitlab: app/services/ci/cancel_pipeline_service.rb).
 * Manual jobs stay manual, and pipelines started in other projects keep running.
 */
export const cancelPipeline = (world: World, pipeline: Pipeline): void => {
  for (const job of latestJobs(pipeline)) endJob(world, job)
  updatePipeline(world, pipeline)
  for (const child of childPipelines(pipeline)) cancelPipeline(world, child)
}

const childPipelines = (pipeline: Pipeline): Pipeline[] =>
  pipeline.jobs
    .map((job) => job.bridge?.downstream ?? null)
    .filter((downstream) => downstream !== null)
    .filter((downstream) => downstream.project === pipeline.project)

const endJob = (world: World, job: Job): void => {
  if (!isCancelable(job.status)) return
  const graceful = job.kind === 'build' && job.status === 'running' && job.supportsCanceling
  changeJob(world, job, graceful ? 'canceling' : 'canceled')
  if (!graceful) return
  // after_script still runs; a zero would finish before the pipeline was seen as `canceling`.
  world.after(Math.max(1, world.behaviour.cancelingTime), () => {
    if (job.status !== 'canceling') return
    changeJob(world, job, 'canceled')
    updatePipeline(world, job.pipeline)
  })
}

/** A finished job is left as it is. */
export const cancelJob = (world: World, job: Job): void => {
  endJob(world, job)
  updatePipeline(world, job.pipeline)
}
