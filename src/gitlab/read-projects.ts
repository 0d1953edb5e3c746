import { createCache } from './cache.ts'
import type { GitLabReader } from './faces.ts'
import { parseBranch, parseProject } from './parse-project.ts'
import { parseUser } from './parse-user.ts'
import type { Resources } from './resources.ts'
import { one } from './shape.ts'
import type { Project } from './types.ts'

const minute = 60_000

type Gateway = { resources: Pick<Resources, 'branches' | 'projects' | 'users'> }

/** Only what hardly changes is remembered: projects, for a minute. */
export const createProjectReader = ({
  resources: { branches, projects, users },
}: Gateway): Pick<GitLabReader, 'currentUser' | 'project' | 'branch'> => {
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
  }
}
