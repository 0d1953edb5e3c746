import type { MergeRequestEvent } from '../../src/event.ts'
import type { MergeRequest } from '../../src/gitlab/types.ts'
import type { TemplateValues } from '../steps/template.ts'
import type { MergeRequestFacts } from './facts.ts'

export const factsOfMergeRequest = (mergeRequest: MergeRequest): MergeRequestFacts => ({
  iid: mergeRequest.iid,
  state: mergeRequest.state,
  labels: mergeRequest.labels,
  fork: mergeRequest.sourceProject !== mergeRequest.targetProject,
  hasNotes: mergeRequest.userNotesCount > 0,
})

export const templateValues = (
  { iid, sha, sourceBranch, targetBranch }: MergeRequest,
  { project }: Pick<MergeRequestEvent, 'project'>,
  { label, user }: { label: string; user: string },
): TemplateValues => ({
  source_branch: sourceBranch,
  target_branch: targetBranch,
  project: project.path,
  merge_request: String(iid),
  sha: sha ?? '',
  label,
  user,
})
