import type { GitLabReader } from '../../src/gitlab/faces.ts'
import type { CommitStatus, MergeRequest, PipelineBasic } from '../../src/gitlab/types.ts'
import type { CurrentStatus } from './facts.ts'

/** Whether the pipeline still counts, and the commit of the source branch that it tests. */
export type Standing = { because: string | null; head: string }

/** A merged result is a merge commit of its own: its second parent is what it tests of the source branch. */
export async function readOver(
  root: PipelineBasic,
  mergeRequest: MergeRequest,
  gitlab: GitLabReader,
): Promise<Standing> {
  const head = await headOf(root, gitlab)
  if (mergeRequest.sha !== null && mergeRequest.sha !== head) {
    return { head, because: 'the branch has moved on, and the pipeline of its newest commit counts' }
  }
  if (mergeRequest.state !== 'opened' && mergeRequest.state !== 'locked') {
    return { head, because: `the merge request is ${mergeRequest.state}` }
  }
  return { head, because: null }
}

async function headOf({ project, sha, ref }: PipelineBasic, gitlab: GitLabReader): Promise<string> {
  if (!ref.endsWith('/merge')) return sha
  const { parents } = await gitlab.commit(project, sha)
  return parents[1] ?? sha
}

/** The newest status of that name in the pipeline: GitLab keeps the finished ones that it replaced. */
export async function readCurrent(
  { project, sha, id }: PipelineBasic,
  name: string,
  gitlab: GitLabReader,
): Promise<CurrentStatus | null> {
  const statuses = await gitlab.commitStatuses(project, sha, { pipeline: id, name })
  const newest = statuses.reduce<CommitStatus | null>((one, other) => (one && one.id > other.id ? one : other), null)
  if (!newest) return null
  const at = Date.parse(newest.finishedAt ?? newest.createdAt ?? '')
  return { state: newest.status, description: newest.description ?? '', at: Number.isNaN(at) ? 0 : at }
}
