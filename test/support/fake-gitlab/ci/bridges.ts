import type { BridgeSpec } from '../specs.ts'
import type { Job, Pipeline, User } from '../types.ts'
import type { World } from '../world.ts'
import { changeJob, newJob } from './jobs.ts'
import { addPipeline } from './pipelines.ts'

export const newBridge = (world: World, pipeline: Pipeline, user: User, spec: BridgeSpec): Job => ({
  ...newJob(world, pipeline, user, {
    name: spec.name,
    stage: spec.stage ?? 'test',
    allowFailure: spec.allowFailure ?? false,
  }),
  kind: 'bridge',
  bridge: { depend: spec.depend ?? false, spec: spec.downstream ?? null, downstream: null },
})

/** Creates the downstream pipeline; the trigger job is done with that, unless it depends on the outcome. */
export const startBridge = (world: World, job: Job): void => {
  createDownstream(world, job)
  if (job.bridge?.downstream == null) return
  changeJob(world, job, job.bridge.depend ? 'running' : 'success')
}

/** A pipeline in the same project is a child: it has the ref and sha of its parent and source `parent_pipeline`. */
export const createDownstream = (world: World, job: Job): void => {
  if (job.bridge === null || job.bridge.spec === null || job.bridge.downstream !== null) return
  const { spec } = job.bridge
  const parent = job.pipeline
  const project = spec.project ?? parent.project
  const child = project === parent.project
  job.bridge.downstream = addPipeline(
    world,
    project,
    {
      source: child ? 'parent_pipeline' : 'pipeline',
      ref: child ? parent.ref : (spec.ref ?? project.defaultBranch),
      ...(child ? { sha: parent.sha } : {}),
      ...(child && parent.mergeRequest !== null ? { mergeRequest: parent.mergeRequest } : {}),
      user: job.user,
      jobs: spec.jobs,
      bridges: spec.bridges ?? [],
    },
    job,
  )
}
