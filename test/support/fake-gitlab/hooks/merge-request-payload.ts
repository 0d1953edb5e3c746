import { newestPipeline } from '../merge-request-facts.ts'
import type { MergeRequest, User } from '../types.ts'
import type { World } from '../world.ts'
import {
  commitPayload,
  hookTime,
  labelPayload,
  projectPayloadWithOldNames,
  projectUrl,
  repositoryPayload,
  userPayload,
} from './common-payload.ts'

type MergeRequestAction =
  | 'open'
  | 'close'
  | 'reopen'
  | 'merge'
  | 'update'
  | 'approval'
  | 'approved'
  | 'unapproval'
  | 'unapproved'

export type MergeRequestChange = {
  action: MergeRequestAction
  user: User
  /** `{field: {previous, current}}`; may be empty for an update. */
  changes?: Record<string, { previous: unknown; current: unknown }>
  /** The head before a push; absent when no code changed. */
  oldSha?: string
  /** GitLab itself acted, as when a push resets approvals. */
  systemAction?: 'approvals_reset_on_push'
}

const stateIds = { opened: 1, closed: 2, merged: 3 } as const

/** The merge request as merge request and note events both carry it. */
export const mergeRequestAttributes = (world: World, mergeRequest: MergeRequest) => {
  const { project, sourceProject, author } = mergeRequest
  return {
    assignee_id: mergeRequest.assignees[0]?.id ?? null,
    author_id: author.id,
    blocking_discussions_resolved: true,
    created_at: hookTime(world, mergeRequest.createdAt),
    description: mergeRequest.description,
    draft: mergeRequest.draft,
    head_pipeline_id: newestPipeline(mergeRequest)?.id ?? null,
    id: mergeRequest.id,
    iid: mergeRequest.iid,
    last_edited_at: null,
    last_edited_by_id: null,
    merge_commit_sha: null,
    merged_at: null,
    merge_error: null,
    merge_params: {},
    merge_status: 'can_be_merged',
    merge_user_id: null,
    merge_when_pipeline_succeeds: false,
    milestone_id: null,
    prepared_at: hookTime(world, mergeRequest.createdAt),
    reviewer_ids: mergeRequest.reviewers.map((reviewer) => reviewer.id),
    source_branch: mergeRequest.sourceBranch,
    source_project_id: sourceProject.id,
    squash_commit_sha: null,
    state_id: stateIds[mergeRequest.state],
    target_branch: mergeRequest.targetBranch,
    target_branch_protected: project.branches.get(mergeRequest.targetBranch)?.protected ?? false,
    target_project_id: project.id,
    time_estimate: 0,
    title: mergeRequest.title,
    updated_at: hookTime(world, mergeRequest.updatedAt),
    updated_by_id: null,
    assignee_ids: mergeRequest.assignees.map((assignee) => assignee.id),
    detailed_merge_status: 'mergeable',
    first_contribution: false,
    labels: mergeRequest.labels.map((label) => labelPayload(world, project, label)),
    last_commit: commitPayload(world, sourceProject, sourceProject.commits.get(mergeRequest.sha)),
    source: projectPayloadWithOldNames(world, sourceProject),
    target: projectPayloadWithOldNames(world, project),
    state: mergeRequest.state,
    total_time_spent: 0,
    url: `${projectUrl(world, project)}/-/merge_requests/${mergeRequest.iid}`,
    work_in_progress: mergeRequest.draft,
  }
}

/** The keys `assignees` and `reviewers` are absent when empty. */
const people = (world: World, mergeRequest: MergeRequest) => {
  const { assignees, reviewers } = mergeRequest
  const review = { state: 'unreviewed', re_requested: false }
  return {
    ...(assignees.length > 0 ? { assignees: assignees.map((user) => userPayload(world, user)) } : {}),
    ...(reviewers.length > 0
      ? { reviewers: reviewers.map((user) => ({ ...userPayload(world, user), ...review })) }
      : {}),
  }
}

export const mergeRequestPayload = (world: World, mergeRequest: MergeRequest, change: MergeRequestChange) => ({
  object_kind: 'merge_request',
  event_type: 'merge_request',
  user: userPayload(world, change.user),
  project: projectPayloadWithOldNames(world, mergeRequest.project),
  object_attributes: {
    ...mergeRequestAttributes(world, mergeRequest),
    system: change.systemAction !== undefined,
    ...(change.systemAction === undefined ? {} : { system_action: change.systemAction }),
    approval_rules: [],
    action: change.action,
    actioned_at: hookTime(world, world.now()),
    ...(change.oldSha === undefined ? {} : { oldrev: change.oldSha }),
  },
  labels: mergeRequest.labels.map((label) => labelPayload(world, mergeRequest.project, label)),
  changes: change.changes ?? {},
  repository: repositoryPayload(world, mergeRequest.project),
  ...people(world, mergeRequest),
})
