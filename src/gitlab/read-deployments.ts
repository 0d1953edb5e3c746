import { GitLabError } from './errors.ts'
import type { GitLabReader } from './faces.ts'
import type { Lists } from './lists.ts'
import { parseDeployment } from './parse-ci.ts'

/** A project that has switched its environments off has no deployments, which GitLab words as a missing right. */
export const createDeploymentReader =
  (lists: Lists, { project: readProject }: Pick<GitLabReader, 'project'>): GitLabReader['runningDeployments'] =>
  async (project) => {
    try {
      return await lists.all(`projects/${project}/deployments`, parseDeployment, { status: 'running' })
    } catch (error) {
      const isForbidden = error instanceof GitLabError && error.status === 403
      if (isForbidden && !(await readProject(project)).hasEnvironments) return []
      throw error
    }
  }
