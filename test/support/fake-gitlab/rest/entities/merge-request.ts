import { mergeRequestDiffs } from '../../git.ts'
import { projectUrl } from '../../hooks/common-payload.ts'
import { newestPipeline } from '../../merge-request-facts.ts'
import type { Label, LabelEvent, MergeRequest, Note } from '../../types.ts'
import type { World } from '../../world.ts'
import { apiTime, fullUserEntity, userEntity } from './common.ts'
import { pipelineEntity } from './pipeline.ts'

/** Filled some time after the merge request was made, and null until then. */
const diffRefs = (world: World, mergeRequest: MergeRequest) => {
  const newest = mergeRequest.versions.at(-1)
  if (newest === undefined || Date.now() - mergeRequest.bornAt < world.behaviour.diffRefsDelay) return null
  return { base_sha: newest.base, head_sha: newest.head, start_sha: newest.start }
}

const people = (world: World, mergeRequest: MergeRequest) => ({
  author: userEntity(world, mergeRequest.author),
  assignee: mergeRequest.assignees[0] === undefined ? null : userEntity(world, mergeRequest.assignees[0]),
  assignees: mergeRequest.assignees.map((user) => userEntity(world, user)),
  reviewers: mergeRequest.reviewers.map((user) => userEntity(world, user)),
})

/** As in lists: without the newest pipeline and the diff refs. */
export const mergeRequestBasic = (world: World, mergeRequest: MergeRequest) => ({
  id: mergeRequest.id,
  iid: mergeRequest.iid,
  project_id: mergeRequest.project.id,
  title: mergeRequest.title,
  description: mergeRequest.description,
  state: mergeRequest.state,
  created_at: apiTime(mergeRequest.createdAt),
  updated_at: apiTime(mergeRequest.updatedAt),
  ...people(world, mergeRequest),
  target_branch: mergeRequest.targetBranch,
  source_branch: mergeRequest.sourceBranch,
  user_notes_count: mergeRequest.notes.filter((note) => !note.system).length,
  source_project_id: mergeRequest.sourceProject.id,
  target_project_id: mergeRequest.project.id,
  labels: mergeRequest.labels.map((label) => label.name).sort(),
  draft: mergeRequest.draft,
  merge_when_pipeline_succeeds: false,
  merge_status: 'can_be_merged',
  detailed_merge_status: mergeRequest.draft ? 'draft_status' : 'mergeable',
  sha: mergeRequest.sha,
  web_url: `${projectUrl(world, mergeRequest.project)}/-/merge_requests/${mergeRequest.iid}`,
})

export const mergeRequestEntity = (world: World, mergeRequest: MergeRequest) => {
  const pipeline = newestPipeline(mergeRequest)
  return {
    ...mergeRequestBasic(world, mergeRequest),
    changes_count: String(mergeRequestDiffs(mergeRequest).length),
    head_pipeline: pipeline === null ? null : pipelineEntity(world, pipeline),
    diff_refs: diffRefs(world, mergeRequest),
  }
}

export const noteEntity = (world: World, on: MergeRequest, note: Note) => ({
  id: note.id,
  type: null,
  body: note.body,
  author: userEntity(world, note.author),
  created_at: apiTime(note.createdAt),
  updated_at: apiTime(note.updatedAt),
  system: note.system,
  noteable_id: on.id,
  noteable_type: 'MergeRequest',
  project_id: on.project.id,
  resolvable: false,
  confidential: note.internal,
  internal: note.internal,
  noteable_iid: on.iid,
})

export const approvalsEntity = (world: World, mergeRequest: MergeRequest, userId: number) => {
  const { approvedBy, approvalsRequired } = mergeRequest
  const left = Math.max(0, approvalsRequired - approvedBy.length)
  return {
    approved: left === 0,
    approvals_required: approvalsRequired,
    approvals_left: left,
    user_has_approved: approvedBy.some((user) => user.id === userId),
    user_can_approve: !approvedBy.some((user) => user.id === userId),
    approved_by: approvedBy.map((user) => ({ user: fullUserEntity(world, user) })),
  }
}

export const labelEventEntity = (world: World, on: MergeRequest, event: LabelEvent) => ({
  id: event.id,
  user: userEntity(world, event.user),
  created_at: apiTime(event.at),
  resource_type: 'MergeRequest',
  resource_id: on.id,
  label: labelEntity(event.label),
  action: event.action,
})

export const labelEntity = (label: Label) => ({
  id: label.id,
  name: label.name,
  color: label.color,
  description: label.description,
  text_color: '#FFFFFF',
  is_project_label: true,
})
