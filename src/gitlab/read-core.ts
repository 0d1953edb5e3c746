import { createCache } from './cache.ts'
import { GitLabError } from './errors.ts'
import type { Parse } from './fields.ts'
import type { Lists } from './lists.ts'
import {
  parseBranch,
  parseBridge,
  parseCommitStatus,
  parseDeployment,
  parseJob,
  parseMergeRequest,
  parseNote,
  parsePipeline,
  parsePipelineBasic,
  parseProject,
  parseUser,
} from './parse.ts'
import { parseTestReport } from './parse-tests.ts'
import type { createContentReader } from './read-content.ts'
import type { createHistoryReader } from './read-history.ts'
import type { createPeopleReader } from './read-people.ts'
import { createVariableReader } from './read-variables.ts'
import type { Resources } from './resources.ts'
import { shaped } from './shape.ts'
import type { Bridge, CommitStatus, GitLabReader, Project } from './types.ts'

const minute = 60_000
const hour = 60 * minute

type Gateway = { resources: Resources; lists: Lists }
type Core = Omit<
  GitLabReader,
  | keyof ReturnType<typeof createContentReader>
  | keyof ReturnType<typeof createHistoryReader>
  | keyof ReturnType<typeof createPeopleReader>
>

const one = async <Result>(path: string, body: Promise<unknown>, parse: Parse<Result>): Promise<Result> =>
  shaped('GET', path, await body, parse)

const isMissing = (error: unknown): boolean => error instanceof GitLabError && error.kind === 'not_found'

/** Trigger jobs; `/bridges` is deprecated since 19.2, `/trigger_jobs` unknown before, which is remembered for an hour. */
const createBridgeReader = (lists: Lists) => {
  let oldUntil = 0
  return async (project: number, pipeline: number): Promise<Bridge[]> => {
    const base = `projects/${project}/pipelines/${pipeline}`
    if (performance.now() < oldUntil) return lists.all(`${base}/bridges`, parseBridge(project))
    try {
      return await lists.all(`${base}/trigger_jobs`, parseBridge(project))
    } catch (error) {
      if (!isMissing(error)) throw error
    }
    const bridges = await lists.all(`${base}/bridges`, parseBridge(project))
    oldUntil = performance.now() + hour
    return bridges
  }
}

type StatusFilter = { pipeline?: number; name?: string }

/** Old versions do not know these filters, and ignore them. */
const matches =
  ({ pipeline, name }: StatusFilter) =>
  (status: CommitStatus): boolean =>
    (name === undefined || status.name === name) &&
    (pipeline === undefined || status.pipeline === null || status.pipeline === pipeline)

/** Only what hardly changes is remembered: projects, for a minute. */
export const createCoreReader = ({ resources, lists }: Gateway): Core => {
  const { branches, jobs, mergeRequests, pipelines, projects, users } = resources
  const knownProjects = createCache<Project>({ ms: minute, entries: 2000 })
  return {
    currentUser: () => one('user', users.showCurrentUser(), parseUser),
    project: (project) =>
      knownProjects(project, () =>
        one(`projects/${encodeURIComponent(project)}`, projects.show(project), parseProject),
      ),
    branch: (project, name) =>
      one(
        `projects/${project}/repository/branches/${encodeURIComponent(name)}`,
        branches.show(project, name),
        parseBranch,
      ),
    pipeline: (project, pipeline) =>
      one(`projects/${project}/pipelines/${pipeline}`, pipelines.show(project, pipeline), parsePipeline(project)),
    pipelineVariables: createVariableReader(pipelines),
    job: (project, job) => one(`projects/${project}/jobs/${job}`, jobs.show(project, job), parseJob(project)),
    pipelineJobs: (project, pipeline, { includeRetried = false } = {}) =>
      lists.all(`projects/${project}/pipelines/${pipeline}/jobs`, parseJob(project), {
        includeRetried: includeRetried || undefined,
      }),
    pipelineBridges: createBridgeReader(lists),
    recentSuccessfulJobs: (project) =>
      lists.first(`projects/${project}/jobs`, parseJob(project), { scope: ['success'] }),
    mergeRequest: (project, iid) =>
      one(`projects/${project}/merge_requests/${iid}`, mergeRequests.show(project, iid), parseMergeRequest(project)),
    // Oldest first, so that new notes do not shift the pages.
    mergeRequestNotes: (project, iid) =>
      lists.all(`projects/${project}/merge_requests/${iid}/notes`, parseNote, { orderBy: 'created_at', sort: 'asc' }),
    mergeRequestPipelines: (project, iid) =>
      lists.all(`projects/${project}/merge_requests/${iid}/pipelines`, parsePipelineBasic(project)),
    pipelinesOfRef: (project, ref) =>
      lists.first(`projects/${project}/pipelines`, parsePipelineBasic(project), { ref, orderBy: 'id', sort: 'desc' }),
    refPipelines: (project, ref, { source } = {}) =>
      lists.first(`projects/${project}/pipelines`, parsePipelineBasic(project), { ref, source }),
    commitMergeRequests: (project, sha) =>
      lists.first(
        `projects/${project}/repository/commits/${encodeURIComponent(sha)}/merge_requests`,
        parseMergeRequest(project),
      ),
    runningDeployments: (project) =>
      lists.all(`projects/${project}/deployments`, parseDeployment, { status: 'running' }),
    testReport: (project, pipeline) =>
      one(
        `projects/${project}/pipelines/${pipeline}/test_report`,
        pipelines.showTestReport(project, pipeline),
        parseTestReport,
      ),
    commitStatuses: async (project, sha, filter = {}) => {
      const query = { pipelineId: filter.pipeline, name: filter.name }
      const path = `projects/${project}/repository/commits/${encodeURIComponent(sha)}/statuses`
      return (await lists.all(path, parseCommitStatus, query)).filter(matches(filter))
    },
  }
}
