import type { MergeRequest, Pipeline } from './types.ts'

/** Its own pipelines and those of its source branch, newest first; children do not count. */
export const mergeRequestPipelines = (mergeRequest: MergeRequest): Pipeline[] => {
  const projects = new Set([mergeRequest.project, mergeRequest.sourceProject])
  return [...projects]
    .flatMap((project) => project.pipelines)
    .filter((pipeline) => pipeline.source !== 'parent_pipeline')
    .filter((pipeline) => pipeline.mergeRequest === mergeRequest || isOfBranch(pipeline, mergeRequest))
    .sort((one, other) => other.id - one.id)
}

const isOfBranch = (pipeline: Pipeline, mergeRequest: MergeRequest): boolean =>
  pipeline.project === mergeRequest.sourceProject &&
  pipeline.ref === mergeRequest.sourceBranch &&
  mergeRequest.versions.some((version) => version.head === pipeline.sha)

/** May be of an older push: the pipeline of a new head comes after the push. */
export const newestPipeline = (mergeRequest: MergeRequest): Pipeline | null =>
  mergeRequestPipelines(mergeRequest)[0] ?? null
