import type { GitLabReader } from './faces.ts'
import type { Lists } from './lists.ts'
import { parseCommitStatus, parseJob } from './parse-ci.ts'
import { createBridgeReader } from './read-bridges.ts'
import type { Resources } from './resources.ts'
import { one } from './shape.ts'
import type { CommitStatus } from './types.ts'

type Jobs = 'job' | 'pipelineJobs' | 'pipelineBridges' | 'recentSuccessfulJobs' | 'commitStatuses'
type Gateway = { resources: Pick<Resources, 'jobs'>; lists: Lists }

type StatusFilter = { pipeline?: number; name?: string }

/** Old versions do not know these filters, and ignore them. */
const matches =
  ({ pipeline, name }: StatusFilter) =>
  (status: CommitStatus): boolean =>
    (name === undefined || status.name === name) &&
    (pipeline === undefined || status.pipeline === null || status.pipeline === pipeline)

/** What pipelines consist of. */
export const createJobReader = ({ resources: { jobs }, lists }: Gateway): Pick<GitLabReader, Jobs> => ({
  job: (project, job) => one(`projects/${project}/jobs/${job}`, jobs.show(project, job), parseJob(project)),
  pipelineJobs: (project, pipeline, { includeRetried = false } = {}) =>
    lists.all(`projects/${project}/pipelines/${pipeline}/jobs`, parseJob(project), {
      includeRetried: includeRetried || undefined,
    }),
  pipelineBridges: createBridgeReader(lists),
  recentSuccessfulJobs: (project) => lists.first(`projects/${project}/jobs`, parseJob(project), { scope: ['success'] }),
  commitStatuses: async (project, sha, filter = {}) => {
    const query = { pipelineId: filter.pipeline, name: filter.name }
    const path = `projects/${project}/repository/commits/${encodeURIComponent(sha)}/statuses`
    return (await lists.all(path, parseCommitStatus, query)).filter(matches(filter))
  },
})
