import { createStatusSetter } from './commit-status.ts'
import type { Parse } from './fields.ts'
import { parseJob, parseNote, parsePipelineBasic } from './parse.ts'
import type { Resources } from './resources.ts'
import { shaped } from './shape.ts'
import type { GitLabReader, GitLabWriter } from './types.ts'

const posted = async <Result>(path: string, body: Promise<unknown>, parse: Parse<Result>): Promise<Result> =>
  shaped('POST', path, await body, parse)

/** Every write; whether it may be made is decided before. */
export const createWriter = ({ resources, reader }: { resources: Resources; reader: GitLabReader }): GitLabWriter => {
  const { jobs, mergeRequestNotes, pipelines } = resources
  return {
    // Always 200, also when the pipeline had ended before.
    cancelPipeline: (project, pipeline) =>
      posted(
        `projects/${project}/pipelines/${pipeline}/cancel`,
        pipelines.cancel(project, pipeline),
        parsePipelineBasic(project),
      ),
    retryJob: (project, job) =>
      posted(`projects/${project}/jobs/${job}/retry`, jobs.retry(project, job), parseJob(project)),
    createNote: (project, iid, body) =>
      posted(
        `projects/${project}/merge_requests/${iid}/notes`,
        mergeRequestNotes.create(project, iid, body),
        parseNote,
      ),
    updateNote: async (project, iid, note, body) =>
      shaped(
        'PUT',
        `projects/${project}/merge_requests/${iid}/notes/${note}`,
        await mergeRequestNotes.edit(project, iid, note, { body }),
        parseNote,
      ),
    setCommitStatus: createStatusSetter(resources, reader),
  }
}
