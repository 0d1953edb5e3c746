import type { DeploymentEvent, JobEvent, PipelineEvent } from '../event.ts'
import { asArray, asId, asObject, asText, dig, type JsonObject } from '../json.ts'
import { mergeRequestOfRef } from '../merge-request-ref.ts'
import { type Common, statusOf, timeOf } from './common.ts'

export function parseJob(body: JsonObject, common: Common): JobEvent | null {
  const job = asId(body.build_id)
  // `commit.id` of a job event is the pipeline's id too, but `pipeline_id` says so.
  const pipeline = asId(body.pipeline_id) ?? asId(dig(body, 'commit', 'id'))
  if (!job || !pipeline) return null
  const status = statusOf(body.build_status)
  const ref = asText(body.ref) ?? ''
  return {
    kind: 'job',
    ...common,
    job,
    name: asText(body.build_name) ?? '',
    stage: asText(body.build_stage) ?? '',
    status,
    allowFailure: body.build_allow_failure === true,
    failureReason: status === 'failed' ? asText(body.build_failure_reason) : null,
    retries: asId(body.retries_count) ?? 0,
    pipeline,
    ref,
    tag: body.tag === true,
    mergeRequest: mergeRequestOfRef(ref),
    sha: asText(body.sha) ?? '',
    upstream: upstreamOf(body),
  }
}

export function parsePipeline(body: JsonObject, common: Common): PipelineEvent | null {
  const attributes = asObject(body.object_attributes) ?? {}
  const pipeline = asId(attributes.id)
  if (!pipeline) return null
  const jobs = asArray(body.builds).flatMap((build) => asId(dig(build, 'id')) ?? [])
  return {
    kind: 'pipeline',
    ...common,
    pipeline,
    status: statusOf(attributes.status),
    finishedAt: timeOf(attributes.finished_at),
    source: asText(attributes.source) ?? 'unknown',
    ref: asText(attributes.ref) ?? '',
    tag: attributes.tag === true,
    sha: asText(attributes.sha) ?? '',
    mergeRequest: asId(dig(body, 'merge_request', 'iid')),
    targetProject: asId(dig(body, 'merge_request', 'target_project_id')),
    newestJob: jobs.length > 0 ? jobs.reduce((one, other) => Math.max(one, other)) : null,
    upstream: upstreamOf(body),
  }
}

function upstreamOf(body: JsonObject): { project: number; pipeline: number } | null {
  const pipeline = asId(dig(body, 'source_pipeline', 'pipeline_id'))
  const project = asId(dig(body, 'source_pipeline', 'project', 'id'))
  return pipeline && project ? { project, pipeline } : null
}

export function parseDeployment(body: JsonObject, common: Common): DeploymentEvent | null {
  const deployment = asId(body.deployment_id)
  if (!deployment) return null
  return {
    kind: 'deployment',
    ...common,
    deployment,
    status: asText(body.status) ?? 'created',
    environment: asText(body.environment) ?? '',
    job: asId(body.deployable_id),
  }
}
