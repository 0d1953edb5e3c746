import { GitLabError } from '../../src/gitlab/errors.ts'
import type { GitLabReader } from '../../src/gitlab/faces.ts'
import type { PipelineBasic } from '../../src/gitlab/types.ts'

/**
 * Why a pipeline is left alone; null: nothing speaks against touching it.
 *
 * Jobs of a protected branch may be started by those who may push there, and GitLab tells nobody below Maintainer who
 * that is. The bot's own right says nothing about the person who asks.
 *
 * @param pipelines those whose branches are looked at
 */
export async function readReach(
  pipelines: readonly PipelineBasic[],
  project: number,
  gitlab: GitLabReader,
): Promise<(pipeline: PipelineBasic) => string | null> {
  const ofBranch = pipelines.filter((pipeline) => pipeline.project === project && !isOfMergeRequest(pipeline))
  const branches = [...new Set(ofBranch.map(({ ref }) => ref))]
  const reasons = new Map(
    await Promise.all(branches.map(async (name) => [name, await reasonOfBranch(project, name, gitlab)] as const)),
  )
  return (pipeline) => {
    if (pipeline.project !== project) return 'runs in the fork, where nothing can be changed from here'
    return isOfMergeRequest(pipeline) ? null : (reasons.get(pipeline.ref) ?? null)
  }
}

export const isOfMergeRequest = ({ source }: PipelineBasic): boolean => source === 'merge_request_event'

async function reasonOfBranch(project: number, name: string, gitlab: GitLabReader): Promise<string | null> {
  try {
    const branch = await gitlab.branch(project, name)
    return branch.protected ? `is of the protected branch ${name}, where the bot starts nothing for others` : null
  } catch (error) {
    // It may have been protected: nobody can tell any more.
    if (error instanceof GitLabError && error.status === 404) return `is of the branch ${name}, which is gone`
    throw error
  }
}
