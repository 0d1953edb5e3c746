import { detailedStatus, pipelineDuration, pipelineQueuedDuration } from '../../ci/pipeline-facts.ts'
import { projectUrl } from '../../hooks/common-payload.ts'
import type { Pipeline } from '../../types.ts'
import type { World } from '../../world.ts'
import { apiTime, userEntity } from './common.ts'

export const pipelineBasic = (world: World, pipeline: Pipeline) => ({
  id: pipeline.id,
  iid: pipeline.iid,
  project_id: pipeline.project.id,
  sha: pipeline.sha,
  ref: pipeline.ref,
  status: pipeline.status,
  source: pipeline.source,
  created_at: apiTime(pipeline.createdAt),
  updated_at: apiTime(pipeline.updatedAt),
  web_url: `${projectUrl(world, pipeline.project)}/-/pipelines/${pipeline.id}`,
  name: pipeline.name,
})

export const pipelineEntity = (world: World, pipeline: Pipeline) => {
  const label = detailedStatus(pipeline)
  return {
    ...pipelineBasic(world, pipeline),
    before_sha: pipeline.beforeSha,
    tag: pipeline.tag,
    yaml_errors: null,
    user: userEntity(world, pipeline.user),
    started_at: apiTime(pipeline.startedAt),
    finished_at: apiTime(pipeline.finishedAt),
    committed_at: null,
    duration: pipelineDuration(pipeline),
    queued_duration: pipelineQueuedDuration(pipeline),
    coverage: null,
    detailed_status: {
      icon: `status_${pipeline.status}`,
      text: label,
      label,
      group: label.replaceAll(' ', '-'),
      tooltip: label,
      has_details: true,
      details_path: `/${pipeline.project.path}/-/pipelines/${pipeline.id}`,
      illustration: null,
      favicon: '/favicon.png',
    },
  }
}
