import { emitPipeline } from '../hooks/emit.ts'
import type { JobWhen } from '../specs.ts'
import type { CiStatus, Job, Pipeline } from '../types.ts'
import type { World } from '../world.ts'
import { startBridge } from './bridges.ts'
import { compositeStatus } from './composite-status.ts'
import { changeJob } from './jobs.ts'
import { isCompleted, latestJobs } from './statuses.ts'

/** Jobs that must be over before this one is decided: what it needs, or all earlier stages. */
const predecessors = (job: Job): Job[] => {
  const others = latestJobs(job.pipeline).filter((other) => other.kind !== 'external')
  const { needs } = job
  if (needs !== null) return others.filter((other) => needs.includes(other.name))
  const { stages } = job.pipeline
  return others.filter((other) => stages.indexOf(other.stage) < stages.indexOf(job.stage))
}

const runsAfter = (job: Job): CiStatus[] => {
  const when: JobWhen = job.when
  switch (when) {
    case 'on_success':
    case 'manual':
    case 'delayed':
      return job.needs === null ? ['success', 'skipped'] : ['success']
    case 'on_failure':
      return ['failed']
    case 'always':
      return ['success', 'failed', 'skipped', 'canceled']
    default:
      return when satisfies never
  }
}

const start = (world: World, job: Job): void => {
  const first = { manual: 'manual', delayed: 'scheduled' } as const
  const status = job.when === 'manual' || job.when === 'delayed' ? first[job.when] : 'pending'
  changeJob(world, job, status)
  if (job.kind === 'bridge' && status === 'pending') startBridge(world, job)
}

/** Starts or skips jobs whose turn has come, until nothing moves any more. */
const startReadyJobs = (world: World, pipeline: Pipeline): void => {
  for (;;) {
    const ready = latestJobs(pipeline).find(
      (job) => job.status === 'created' && job.kind !== 'external' && isReady(job),
    )
    if (ready === undefined) return
    const before = compositeStatus(predecessors(ready)) ?? 'success'
    if (runsAfter(ready).includes(before)) start(world, ready)
    else changeJob(world, ready, 'skipped')
  }
}

/** A blocking manual job makes the status before `manual`, which is not over, so later stages wait. */
const isReady = (job: Job): boolean => isCompleted(compositeStatus(predecessors(job)) ?? 'success')

const setPipelineTimes = (pipeline: Pipeline, now: number): void => {
  pipeline.updatedAt = now
  if (pipeline.status === 'running') pipeline.startedAt ??= now
  pipeline.finishedAt = isCompleted(pipeline.status) ? now : null
  if (pipeline.finishedAt !== null) pipeline.startedAt ??= now
}

/** What follows from changed jobs: next stages, the pipeline's status and event, and the trigger job above it. */
export const updatePipeline = (world: World, pipeline: Pipeline, options: { silent?: boolean } = {}): void => {
  startReadyJobs(world, pipeline)
  const status = compositeStatus(latestJobs(pipeline))
  if (status === null || status === pipeline.status) return
  pipeline.status = status
  setPipelineTimes(pipeline, world.now())
  if (!options.silent) emitPipeline(world, pipeline)
  mirrorInBridge(world, pipeline)
}

const mirrorInBridge = (world: World, pipeline: Pipeline): void => {
  const bridge = pipeline.upstream
  if (bridge === null || !bridge.bridge?.depend) return
  if (isCompleted(bridge.status) || bridge.status === pipeline.status) return
  if (!isCompleted(pipeline.status)) return
  changeJob(world, bridge, pipeline.status, 'downstream_pipeline_creation_failed')
  updatePipeline(world, bridge.pipeline)
}
