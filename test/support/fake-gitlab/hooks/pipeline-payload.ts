import { jobDuration, queuedDuration } from '../ci/jobs.ts'
import { detailedStatus, pipelineDuration, pipelineQueuedDuration } from '../ci/pipeline-facts.ts'
import { latestJobs } from '../ci/statuses.ts'
import type { Job, MergeRequest, Pipeline } from '../types.ts'
import type { World } from '../world.ts'
import {
  commitPayload,
  hookTime,
  projectPayload,
  projectUrl,
  runnerPayload,
  sourcePipelinePayload,
  userPayload,
} from './common-payload.ts'

const buildPayload = (world: World, job: Job) => ({
  id: job.id,
  stage: job.stage,
  name: job.name,
  status: job.status,
  created_at: hookTime(world, job.createdAt),
  started_at: hookTime(world, job.startedAt),
  finished_at: hookTime(world, job.finishedAt),
  duration: jobDuration(job),
  queued_duration: queuedDuration(job),
  failure_reason: job.failureReason,
  when: job.when,
  manual: job.when === 'manual',
  allow_failure: job.allowFailure,
  user: userPayload(world, job.user),
  runner: runnerPayload(job),
  artifacts_file: {
    filename: job.artifacts === null ? null : 'artifacts.zip',
    size: job.artifacts === null ? null : 1,
  },
  environment:
    job.environment === null ? null : { name: job.environment, action: 'start', deployment_tier: job.environment },
})

/** Merge request pipelines name their source branch here, although their own ref is `refs/merge-requests/17/head`. */
const sourceRef = (pipeline: Pipeline): string => pipeline.mergeRequest?.sourceBranch ?? pipeline.ref

const attributes = (world: World, pipeline: Pipeline) => ({
  id: pipeline.id,
  iid: pipeline.iid,
  name: pipeline.name,
  ref: sourceRef(pipeline),
  ref_status_name: 'unknown',
  tag: pipeline.tag,
  sha: pipeline.sha,
  before_sha: pipeline.beforeSha,
  source: pipeline.source,
  status: pipeline.status,
  detailed_status: detailedStatus(pipeline),
  stages: pipeline.stages,
  created_at: hookTime(world, pipeline.createdAt),
  finished_at: hookTime(world, pipeline.finishedAt),
  duration: pipelineDuration(pipeline),
  queued_duration: pipelineQueuedDuration(pipeline),
  protected_ref: pipeline.project.branches.get(pipeline.ref)?.protected ?? false,
  default_branch: pipeline.ref === pipeline.project.defaultBranch,
  variables: pipeline.variables,
  url: `${projectUrl(world, pipeline.project)}/-/pipelines/${pipeline.id}`,
})

const mergeRequestPart = (world: World, mergeRequest: MergeRequest | null) =>
  mergeRequest === null
    ? null
    : {
        id: mergeRequest.id,
        iid: mergeRequest.iid,
        title: mergeRequest.title,
        source_branch: mergeRequest.sourceBranch,
        source_project_id: mergeRequest.sourceProject.id,
        target_branch: mergeRequest.targetBranch,
        target_project_id: mergeRequest.project.id,
        state: mergeRequest.state,
        merge_status: 'can_be_merged',
        detailed_merge_status: 'ci_still_running',
        url: `${projectUrl(world, mergeRequest.project)}/-/merge_requests/${mergeRequest.iid}`,
      }

/** `builds` are the latest attempts, without trigger jobs and external statuses, in no promised order. */
export const pipelinePayload = (world: World, pipeline: Pipeline) => ({
  object_kind: 'pipeline',
  object_attributes: attributes(world, pipeline),
  merge_request: mergeRequestPart(world, pipeline.mergeRequest),
  user: userPayload(world, pipeline.user),
  project: projectPayload(world, pipeline.project),
  commit: commitPayload(world, pipeline.project, pipeline.project.commits.get(pipeline.sha)),
  ...sourcePipelinePayload(world, pipeline),
  builds: latestJobs(pipeline)
    .filter((job) => job.kind === 'build')
    .reverse()
    .map((job) => buildPayload(world, job)),
})
