import { isAlreadyAwarded } from './errors.ts'
import type { GitLabWriter } from './faces.ts'
import { parseIssue } from './parse-content.ts'
import { parseMergeRequest } from './parse-merge-request.ts'
import type { Resources } from './resources.ts'
import { shaped } from './shape.ts'

type Plan = 'updateLabels' | 'createIssue' | 'updateIssue' | 'awardEmoji'

/** GitLab takes labels as one text; no label has a comma. Nothing is sent for an empty list: it would mean all of them. */
const joined = (labels: readonly string[] | undefined): string | undefined =>
  labels === undefined || labels.length === 0 ? undefined : labels.join(',')

const labelChange = (add: string[] | undefined, remove: string[] | undefined) => {
  const [addLabels, removeLabels] = [joined(add), joined(remove)]
  return { ...(addLabels && { addLabels }), ...(removeLabels && { removeLabels }) }
}

/** Labels, issues, emoji. */
export const createPlanWriter = (resources: Resources): Pick<GitLabWriter, Plan> => {
  const { issues, mergeRequestNoteAwardEmojis, mergeRequests } = resources
  return {
    updateLabels: async (project, iid, { add, remove }) => {
      const change = labelChange(add, remove)
      const isEmpty = Object.keys(change).length === 0
      const body = await (isEmpty ? mergeRequests.show(project, iid) : mergeRequests.edit(project, iid, change))
      return shaped('PUT', `projects/${project}/merge_requests/${iid}`, body, parseMergeRequest(project))
    },
    createIssue: async (project, { title, description, labels }) => {
      const body = await issues.create(project, title, { description, labels: labels.join(',') })
      return shaped('POST', `projects/${project}/issues`, body, parseIssue)
    },
    updateIssue: async (project, iid, { addLabels, removeLabels, ...change }) => {
      const body = await issues.edit(project, iid, { ...change, ...labelChange(addLabels, removeLabels) })
      return shaped('PUT', `projects/${project}/issues/${iid}`, body, parseIssue)
    },
    awardEmoji: async (project, iid, note, name) => {
      try {
        await mergeRequestNoteAwardEmojis.award(project, iid, note, name)
      } catch (error) {
        if (!isAlreadyAwarded(error)) throw error
      }
    },
  }
}
