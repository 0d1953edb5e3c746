import { createCache } from './cache.ts'
import type { Commit } from './content-types.ts'
import { isMissing } from './errors.ts'
import type { GitLabReader } from './faces.ts'
import type { Lists } from './lists.ts'
import { parsePipelineBasic } from './parse-ci.ts'
import { parseChangedPaths, parseCommit, parseFileDiff, parseLabelEvent } from './parse-content.ts'
import { parseProject } from './parse-project.ts'
import type { Resources } from './resources.ts'
import { shaped } from './shape.ts'

type History = 'commit' | 'commitDiffs' | 'changedPaths' | 'labelEvents' | 'alivePipelines' | 'memberProjects'

/** Commits never change. */
const commitsKept = { ms: 10 * 60_000, entries: 500 }

/** Gitlab::Access */
const developer = 30

/** What led to what there is now: commits, who set a label, and what may have been missed. */
export const createHistoryReader = ({
  lists,
  resources,
}: {
  lists: Lists
  resources: Resources
}): Pick<GitLabReader, History> => {
  const known = createCache<Commit>(commitsKept)
  const commitPath = (project: number, sha: string) =>
    `projects/${project}/repository/commits/${encodeURIComponent(sha)}`
  const pipelinesThatAre = (project: number, status: string) =>
    lists.first(`projects/${project}/pipelines`, parsePipelineBasic(project), { status, orderBy: 'id', sort: 'desc' })
  return {
    commit: (project, sha) =>
      known(`${project}/${sha}`, async () =>
        shaped('GET', commitPath(project, sha), await resources.commits.show(project, sha), parseCommit),
      ),
    commitDiffs: (project, sha) => lists.all(`${commitPath(project, sha)}/diff`, parseFileDiff),
    changedPaths: async (project, from, to) => {
      const found = await resources.repositories.compare(project, from, to, { straight: true })
      return shaped('GET', `projects/${project}/repository/compare`, found, parseChangedPaths)
    },
    labelEvents: async (project, iid) => {
      try {
        return await lists.all(`projects/${project}/merge_requests/${iid}/resource_label_events`, parseLabelEvent)
      } catch (error) {
        if (isMissing(error)) return null
        throw error
      }
    },
    alivePipelines: async (project) => [
      ...(await pipelinesThatAre(project, 'running')),
      ...(await pipelinesThatAre(project, 'pending')),
    ],
    memberProjects: () =>
      lists.first('projects', parseProject, {
        membership: true,
        archived: false,
        minAccessLevel: developer,
        orderBy: 'last_activity_at',
        sort: 'desc',
      }),
  }
}
