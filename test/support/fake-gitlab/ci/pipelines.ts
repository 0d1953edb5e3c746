import { branchSha } from '../git.ts'
import { emitJob } from '../hooks/emit.ts'
import type { PipelineSpec } from '../specs.ts'
import { somebody } from '../story/people.ts'
import type { Job, Pipeline, Project, User } from '../types.ts'
import { type World, zeroSha } from '../world.ts'
import { createDownstream, newBridge } from './bridges.ts'
import { cancelPipeline } from './cancel.ts'
import { changeJob, newJob } from './jobs.ts'
import { updatePipeline } from './process.ts'
import { isCompleted, latestJobs } from './statuses.ts'

const mergeRequestRef = (iid: number): string => `refs/merge-requests/${iid}/head`

const defaultRef = (project: Project, spec: PipelineSpec): string =>
  spec.ref ?? (spec.mergeRequest === undefined ? project.defaultBranch : mergeRequestRef(spec.mergeRequest.iid))

const stagesOf = (spec: PipelineSpec): string[] => {
  if (spec.stages !== undefined) return spec.stages
  return [...new Set([...(spec.jobs ?? []), ...(spec.bridges ?? [])].map((job) => job.stage ?? 'test'))]
}

const newPipeline = (
  world: World,
  project: Project,
  user: User,
  spec: PipelineSpec,
  upstream: Job | null,
): Pipeline => {
  const ref = defaultRef(project, spec)
  const mergeRequest = spec.mergeRequest ?? null
  const parent = project.commits.get(spec.sha ?? branchSha(project, ref) ?? '')?.parent
  return {
    id: world.nextId('pipeline'),
    iid: project.pipelines.length + 1,
    project,
    source: spec.source ?? (mergeRequest === null ? 'push' : 'merge_request_event'),
    ref,
    tag: spec.tag ?? false,
    sha: spec.sha ?? mergeRequest?.sha ?? branchSha(project, ref) ?? zeroSha,
    beforeSha: mergeRequest === null ? (parent ?? zeroSha) : zeroSha,
    name: spec.name ?? null,
    status: 'created',
    user,
    mergeRequest,
    stages: stagesOf(spec),
    variables: spec.variables ?? [],
    jobs: [],
    upstream,
    bornAt: Date.now(),
    createdAt: world.now(),
    updatedAt: world.now(),
    startedAt: null,
    finishedAt: null,
  }
}

/**
 * Adds a pipeline and sends its events. Jobs with a `status` are taken as they are; the others start as GitLab
 * would start them: the first stage pending, later ones created.
 */
export const addPipeline = (
  world: World,
  project: Project,
  spec: PipelineSpec = {},
  upstream: Job | null = null,
): Pipeline => {
  const user = spec.user ?? spec.mergeRequest?.author ?? somebody(world)
  const pipeline = newPipeline(world, project, user, spec, upstream)
  if (spec.cancelRedundant) cancelRedundant(world, pipeline)
  project.pipelines.push(pipeline)
  for (const job of spec.jobs ?? []) pipeline.jobs.push(newJob(world, pipeline, user, job))
  for (const bridge of spec.bridges ?? []) pipeline.jobs.push(newBridge(world, pipeline, user, bridge))
  quietly(world, spec.silent ?? false, () => begin(world, pipeline, spec))
  return pipeline
}

const begin = (world: World, pipeline: Pipeline, spec: PipelineSpec): void => {
  const given = new Map([...(spec.jobs ?? []), ...(spec.bridges ?? [])].map((job) => [job.name, job]))
  for (const job of pipeline.jobs) {
    const wanted = given.get(job.name)
    if (wanted?.status === undefined || wanted.status === 'created') {
      if (job.kind === 'build') emitJob(world, job)
      continue
    }
    const reason = 'failureReason' in wanted ? wanted.failureReason : undefined
    changeJob(world, job, wanted.status, reason)
    if (job.kind === 'bridge') createDownstream(world, job)
  }
  updatePipeline(world, pipeline)
}

const quietly = (world: World, silent: boolean, story: () => void): void => {
  const { emit } = world
  if (silent) world.emit = () => undefined
  story()
  world.emit = emit
}

/** What a push does to older pipelines of the ref: only those whose started jobs are all interruptible are cancelled. */
const cancelRedundant = (world: World, pipeline: Pipeline): void => {
  for (const older of pipeline.project.pipelines) {
    if (older.ref !== pipeline.ref || isCompleted(older.status)) continue
    const started = latestJobs(older).filter((job) => job.startedAt !== null)
    if (started.every((job) => job.interruptible)) cancelPipeline(world, older)
  }
}
