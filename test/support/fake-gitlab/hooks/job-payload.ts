import { jobDuration, queuedDuration, retriesCount } from '../ci/jobs.ts'
import type { Job } from '../types.ts'
import type { World } from '../world.ts'
import {
  fullRepositoryPayload,
  hookTime,
  isoTime,
  projectFullName,
  projectPayload,
  runnerPayload,
  sourcePipelinePayload,
  userPayload,
} from './common-payload.ts'

const iso = (at: number | null): string | null => (at === null ? null : isoTime(at))

/** The part with `build_` names. Jobs that did not fail say `unknown_failure` all the same. */
const buildFields = (world: World, job: Job) => ({
  build_id: job.id,
  build_name: job.name,
  build_stage: job.stage,
  build_status: job.status,
  build_created_at: hookTime(world, job.createdAt),
  build_started_at: hookTime(world, job.startedAt),
  build_finished_at: hookTime(world, job.finishedAt),
  build_created_at_iso: iso(job.createdAt),
  build_started_at_iso: iso(job.startedAt),
  build_finished_at_iso: iso(job.finishedAt),
  build_duration: jobDuration(job),
  build_queued_duration: queuedDuration(job),
  build_allow_failure: job.allowFailure,
  build_failure_reason: job.failureReason ?? 'unknown_failure',
})

/** Named commit, but `id` and `status` are those of the pipeline. */
const commitFields = (world: World, job: Job) => {
  const { pipeline } = job
  const commit = pipeline.project.commits.get(pipeline.sha)
  const author = world.users.find((user) => user.email === commit?.author.email)
  return {
    id: pipeline.id,
    name: pipeline.name,
    sha: pipeline.sha,
    message: commit?.message ?? '',
    author_name: commit?.author.name ?? '',
    author_email: commit?.author.email ?? '',
    author_url: author === undefined ? `mailto:${commit?.author.email ?? ''}` : `${world.url}/${author.username}`,
    status: pipeline.status,
    duration: null,
    started_at: hookTime(world, pipeline.startedAt),
    finished_at: hookTime(world, pipeline.finishedAt),
    started_at_iso: iso(pipeline.startedAt),
    finished_at_iso: iso(pipeline.finishedAt),
  }
}

/** There is no merge request in it: only `ref` (`refs/merge-requests/17/head`) tells. */
export const jobPayload = (world: World, job: Job) => ({
  object_kind: 'build',
  ref: job.pipeline.ref,
  tag: job.pipeline.tag,
  before_sha: job.pipeline.beforeSha,
  sha: job.pipeline.sha,
  retries_count: retriesCount(job),
  ...buildFields(world, job),
  pipeline_id: job.pipeline.id,
  runner: runnerPayload(job),
  project_id: job.pipeline.project.id,
  project_name: projectFullName(job.pipeline.project),
  user: userPayload(world, job.user),
  commit: commitFields(world, job),
  repository: fullRepositoryPayload(world, job.pipeline.project),
  project: projectPayload(world, job.pipeline.project),
  environment: job.environment === null ? null : { name: job.environment, action: 'start' },
  ...sourcePipelinePayload(world, job.pipeline),
})
