import { readJson } from './body.ts'
import type { Caller } from './caller.ts'
import { GitLabError, isMissing } from './errors.ts'
import type { GitLabReader } from './faces.ts'
import type { Limits } from './limits.ts'
import type { Lists } from './lists.ts'
import { parseJob } from './parse-ci.ts'
import { parseAccessLevel, parseApprovals, parseIssue } from './parse-content.ts'
import type { Resources } from './resources.ts'
import { shaped } from './shape.ts'

type People = 'approvals' | 'memberRole' | 'issues' | 'jobOfToken'

/** GitLab answers 401 to a token of no job, 403 or 404 to one of a job that has ended. */
const isRejected = (error: unknown): boolean =>
  error instanceof GitLabError && [401, 403, 404].includes(error.status ?? 0)

const otherwise =
  <Value>(isIt: (error: unknown) => boolean, value: Value) =>
  (error: unknown): Value => {
    if (isIt(error)) return value
    throw error
  }

type Gateway = { call: Caller; limits: Limits; resources: Resources; lists: Lists }

/** Who may do what, who approved, and what people wrote down. */
export const createPeopleReader = ({ call, limits, resources, lists }: Gateway): Pick<GitLabReader, People> => ({
  approvals: async (project, iid) => {
    const path = `projects/${project}/merge_requests/${iid}/approvals`
    const body = await resources.mergeRequestApprovals.showConfiguration(project, { mergerequestIId: iid })
    return shaped('GET', path, body, parseApprovals)
  },
  memberRole: async (project, user) => {
    const path = `projects/${project}/members/all/${user}`
    const member = resources.projectMembers.show(project, user, { includeInherited: true })
    return member.then((body) => shaped('GET', path, body, parseAccessLevel)).catch(otherwise(isMissing, 0))
  },
  issues: (project, filter = {}) =>
    lists.all(`projects/${project}/issues`, parseIssue, {
      labels: filter.labels?.join(','),
      state: filter.state,
      search: filter.search,
      authorId: filter.author,
    }),
  jobOfToken: (jobToken) =>
    call(
      { method: 'GET', path: 'job', query: '', headers: {}, body: null, download: false, jobToken },
      async (answer) => shaped('GET', 'job', await readJson(answer, limits.jsonBytes), parseJob(0)),
    ).catch(otherwise(isRejected, null)),
})
