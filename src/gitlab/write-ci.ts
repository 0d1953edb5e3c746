import type { GitLabWriter } from './faces.ts'
import type { Parse } from './fields.ts'
import { parseJob, parsePipelineBasic } from './parse-ci.ts'
import type { Resources } from './resources.ts'
import { shaped } from './shape.ts'

type Ci = 'cancelPipeline' | 'retryPipeline' | 'createPipeline' | 'createMergeRequestPipeline' | 'retryJob' | 'playJob'

const posted = async <Result>(path: string, body: Promise<unknown>, parse: Parse<Result>): Promise<Result> =>
  shaped('POST', path, await body, parse)

/** What starts and stops pipelines and jobs. */
export const createCiWriter = ({ jobs, mergeRequests, pipelines }: Resources): Pick<GitLabWriter, Ci> => ({
  // Always 200, also when the pipeline had ended before.
  cancelPipeline: (project, pipeline) =>
    posted(
      `projects/${project}/pipelines/${pipeline}/cancel`,
      pipelines.cancel(project, pipeline),
      parsePipelineBasic(project),
    ),
  retryPipeline: (project, pipeline) =>
    posted(
      `projects/${project}/pipelines/${pipeline}/retry`,
      pipelines.retry(project, pipeline),
      parsePipelineBasic(project),
    ),
  createPipeline: (project, ref, variables = {}) => {
    const list = Object.entries(variables).map(([key, value]) => ({ key, value }))
    const body = pipelines.create(project, ref, list.length === 0 ? {} : { variables: list })
    return posted(`projects/${project}/pipeline`, body, parsePipelineBasic(project))
  },
  createMergeRequestPipeline: (project, iid) =>
    posted(
      `projects/${project}/merge_requests/${iid}/pipelines`,
      mergeRequests.createPipeline(project, iid),
      parsePipelineBasic(project),
    ),
  retryJob: (project, job) =>
    posted(`projects/${project}/jobs/${job}/retry`, jobs.retry(project, job), parseJob(project)),
  playJob: (project, job) => posted(`projects/${project}/jobs/${job}/play`, jobs.play(project, job), parseJob(project)),
})
