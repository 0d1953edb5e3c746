import type { CiStatus, Commit, Job, Pipeline, Project, User } from '../types.ts'
import type { World } from '../world.ts'
import { changeJob, newJob } from './jobs.ts'
import { addPipeline } from './pipelines.ts'
import { updatePipeline } from './process.ts'
import { latestJobs } from './statuses.ts'

export const settableStates = ['pending', 'running', 'success', 'failed', 'canceled', 'skipped'] as const
export type SettableState = (typeof settableStates)[number]

export type StatusSpec = {
  state: SettableState
  name: string
  ref: string | undefined
  pipelineId: number | undefined
  targetUrl: string | undefined
  description: string | undefined
  coverage: number | undefined
}

/** Children do not count for a ref, so they cannot be addressed. */
const addressable = (project: Project, sha: string, ref: string | undefined): Pipeline[] =>
  project.pipelines
    .slice(-100)
    .filter((pipeline) => pipeline.source !== 'parent_pipeline' && pipeline.sha === sha)
    .filter((pipeline) => ref === undefined || pipeline.ref === ref)

/** The named pipeline, else the newest of the commit; null when there is none. */
export const statusPipeline = (project: Project, sha: string, spec: StatusSpec): Pipeline | null => {
  const found = addressable(project, sha, spec.ref)
  if (spec.pipelineId === undefined) return found.at(-1) ?? null
  return found.find((pipeline) => pipeline.id === spec.pipelineId) ?? null
}

/** A branch whose history has the commit. */
export const branchWith = (project: Project, sha: string): string | null => {
  const contains = (head: string): boolean => {
    let commit: Commit | undefined = project.commits.get(head)
    while (commit !== undefined && commit.sha !== sha) commit = project.commits.get(commit.parent ?? '')
    return commit !== undefined
  }
  return [...project.branches.values()].find((branch) => contains(branch.sha))?.name ?? null
}

/** A commit without pipeline gets one with source `external`, which shows on the merge request. */
export const externalPipeline = (world: World, project: Project, sha: string, ref: string, user: User): Pipeline =>
  addPipeline(world, project, { source: 'external', ref, sha, user })

/** State machine events that each state asks for, and from where they are possible. */
const transitions: Record<SettableState, { event: string; from: CiStatus[] }> = {
  pending: { event: 'enqueue', from: ['created'] },
  running: { event: 'run', from: ['created', 'pending'] },
  success: { event: 'success', from: ['created', 'pending', 'running'] },
  failed: { event: 'drop', from: ['created', 'pending', 'running'] },
  canceled: { event: 'cancel', from: ['created', 'pending', 'running'] },
  skipped: { event: 'skip', from: ['created', 'pending'] },
}

/** null, or GitLab's text about a change that its state machine refuses, such as `running` for a running one. */
export const refusedTransition = (status: CiStatus, state: SettableState): string | null => {
  const { event, from } = transitions[state]
  if (from.includes(status)) return null
  return `Cannot transition status via :${event} from :${status} (Reason(s): Status cannot transition via "${event}")`
}

/** Only a pending or running status of the same name, ref and user is updated; a finished one is replaced. */
export const ownUnfinishedStatus = (pipeline: Pipeline, spec: StatusSpec, user: User): Job | null =>
  latestJobs(pipeline).find(
    (job) =>
      job.external !== null &&
      job.name === spec.name &&
      job.user === user &&
      job.external.ref === (spec.ref ?? pipeline.ref) &&
      (job.status === 'pending' || job.status === 'running'),
  ) ?? null

const newStatus = (world: World, pipeline: Pipeline, spec: StatusSpec, user: User): Job => {
  for (const older of latestJobs(pipeline))
    if (older.external !== null && older.name === spec.name) older.retried = true
  if (!pipeline.stages.includes('external')) pipeline.stages.push('external')
  const job: Job = {
    ...newJob(world, pipeline, user, { name: spec.name, stage: 'external' }),
    kind: 'external',
    external: { ref: spec.ref ?? pipeline.ref, targetUrl: null, description: null, coverage: null },
  }
  pipeline.jobs.push(job)
  return job
}

export const setStatus = (world: World, pipeline: Pipeline, known: Job | null, spec: StatusSpec, user: User): Job => {
  const job = known ?? newStatus(world, pipeline, spec, user)
  job.external = {
    ref: job.external?.ref ?? pipeline.ref,
    targetUrl: spec.targetUrl ?? job.external?.targetUrl ?? null,
    description: spec.description ?? job.external?.description ?? null,
    coverage: spec.coverage ?? job.external?.coverage ?? null,
  }
  changeJob(world, job, spec.state, 'api_failure')
  updatePipeline(world, pipeline)
  return job
}
