import type { CommitStatusState } from '../action.ts'
import { cutText } from '../cut.ts'
import type { CiStatus } from '../event.ts'
import { isTransitionRefused } from './errors.ts'
import type { GitLabReader, GitLabWriter } from './faces.ts'
import type { Resources } from './resources.ts'
import type { CommitStatus } from './types.ts'

/** gitbeaker's type lacks `skipped`. */
type KnownState = Exclude<CommitStatusState, 'skipped'>

/** GitLab refuses a longer one. */
const longestDescription = 255

const waiting: ReadonlySet<CiStatus> = new Set<CiStatus>(['pending', 'running'])

/** Whether a status says what we wanted to say; pending and running both hold the merge request. */
const says = (status: CommitStatus, state: CiStatus): boolean =>
  status.status === state || (waiting.has(status.status) && waiting.has(state))

/**
 * Sets a commit status in its pipeline. `ref` is left out: that of a merge request pipeline is none of a branch, and
 * GitLab then finds no pipeline, or makes one. The lock that GitLab holds for each commit (409) is waited for by the caller below.
 */
export const createStatusSetter =
  ({ commits }: Resources, read: Pick<GitLabReader, 'commitStatuses'>): GitLabWriter['setCommitStatus'] =>
  async (project, sha, { name, state, description, pipeline, targetUrl }) => {
    try {
      await commits.editStatus(project, sha, state as KnownState, {
        name,
        description: cutText(description, longestDescription),
        pipelineId: pipeline,
        ...(targetUrl !== undefined && { targetUrl }),
      })
    } catch (error) {
      if (!isTransitionRefused(error)) throw error
      const statuses = await read.commitStatuses(project, sha, { pipeline, name })
      if (!statuses.some((status) => says(status, state))) throw error
    }
  }
