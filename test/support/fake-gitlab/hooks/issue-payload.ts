import type { Issue, User } from '../types.ts'
import type { World } from '../world.ts'
import {
  hookTime,
  labelPayload,
  projectPayloadWithOldNames,
  projectUrl,
  repositoryPayload,
  userPayload,
} from './common-payload.ts'

export const issuePayload = (world: World, issue: Issue, user: User, action: string) => {
  const labels = issue.labels.map((label) => labelPayload(world, issue.project, label))
  return {
    object_kind: 'issue',
    event_type: issue.confidential ? 'confidential_issue' : 'issue',
    user: userPayload(world, user),
    project: projectPayloadWithOldNames(world, issue.project),
    object_attributes: {
      author_id: issue.author.id,
      confidential: issue.confidential,
      created_at: hookTime(world, issue.createdAt),
      description: issue.description,
      id: issue.id,
      iid: issue.iid,
      project_id: issue.project.id,
      state_id: issue.state === 'opened' ? 1 : 2,
      title: issue.title,
      updated_at: hookTime(world, issue.updatedAt),
      assignee_ids: issue.assignees.map((assignee) => assignee.id),
      labels,
      state: issue.state,
      type: 'Issue',
      url: `${projectUrl(world, issue.project)}/-/issues/${issue.iid}`,
      action,
    },
    labels,
    changes: {},
    repository: repositoryPayload(world, issue.project),
  }
}
