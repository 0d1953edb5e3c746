import { jobDuration, queuedDuration } from '../../ci/jobs.ts'
import { projectUrl } from '../../hooks/common-payload.ts'
import type { Job } from '../../types.ts'
import type { World } from '../../world.ts'
import { apiTime, commitEntity, userEntity } from './common.ts'
import { pipelineBasic } from './pipeline.ts'

const archiveSize = (job: Job): number =>
  Object.values(job.artifacts ?? {}).reduce((sum, content) => sum + Buffer.byteLength(content), 0)

/** Reports are listed beside the archive, though nobody can download them. */
const artifacts = (job: Job) => [
  ...(job.artifacts === null || job.artifactsExpired
    ? []
    : [{ file_type: 'archive', size: archiveSize(job), filename: 'artifacts.zip', file_format: 'zip' }]),
  ...(job.testReport === null
    ? []
    : [{ file_type: 'junit', size: job.testReport.length * 200, filename: 'junit.xml.gz', file_format: 'gzip' }]),
]

const month = 30 * 24 * 3600 * 1000

const expiry = (job: Job): string | null => {
  if (job.artifacts === null) return null
  return apiTime(job.artifactsExpired ? job.createdAt : job.createdAt + month)
}

const processable = (world: World, job: Job) => {
  const { pipeline } = job
  const commit = pipeline.project.commits.get(pipeline.sha)
  return {
    id: job.id,
    status: job.status,
    stage: job.stage,
    name: job.name,
    ref: pipeline.ref,
    tag: pipeline.tag,
    coverage: null,
    allow_failure: job.allowFailure,
    created_at: apiTime(job.createdAt),
    started_at: apiTime(job.startedAt),
    finished_at: apiTime(job.finishedAt),
    erased_at: null,
    duration: jobDuration(job),
    queued_duration: queuedDuration(job),
    user: userEntity(world, job.user),
    commit: commit === undefined ? null : commitEntity(world, pipeline.project, commit),
    pipeline: pipelineBasic(world, pipeline),
    ...(job.failureReason === null ? {} : { failure_reason: job.failureReason }),
    web_url: `${projectUrl(world, pipeline.project)}/-/jobs/${job.id}`,
    project: { ci_job_token_scope_enabled: false },
  }
}

/** No `needs`, no `when`, no `retried`; `failure_reason` only on failed jobs. */
export const jobEntity = (world: World, job: Job) => ({
  ...processable(world, job),
  artifacts: artifacts(job),
  ...(job.artifacts === null || job.artifactsExpired
    ? {}
    : { artifacts_file: { filename: 'artifacts.zip', size: archiveSize(job) } }),
  artifacts_expire_at: expiry(job),
  runner: job.startedAt === null ? null : { id: 3, description: 'runner-a', active: true, is_shared: true },
  runner_manager: null,
  tag_list: [],
  archived: false,
})

/** `downstream_pipeline` is null until it was created. */
export const bridgeEntity = (world: World, job: Job) => {
  const downstream = job.bridge?.downstream ?? null
  return { ...processable(world, job), downstream_pipeline: downstream && pipelineBasic(world, downstream) }
}
