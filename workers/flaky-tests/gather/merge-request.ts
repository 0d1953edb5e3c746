import { GitLabError } from '../../../src/gitlab/errors.ts'
import type { Readers } from '../../../src/readers.ts'
import type { FlakyTestsFacts } from '../facts.ts'

const decisionsLooked = 100

/** A merge request that cannot be read gets no note; the rest is done all the same. */
export async function readMergeRequest(
  read: Readers,
  project: number,
  mergeRequest: number | null,
): Promise<FlakyTestsFacts['mergeRequest']> {
  if (mergeRequest === null) return null
  try {
    const { iid, headPipeline, userNotesCount } = await read.gitlab.mergeRequest(project, mergeRequest)
    return { iid, headPipeline: headPipeline?.id ?? null, hasNotes: userNotesCount > 0 }
  } catch (error) {
    if (error instanceof GitLabError && error.kind === 'not_found') return null
    throw error
  }
}

/** Retries of jobs of this pipeline that GitLab refused, as the decisions tell. */
export async function readRefused(
  read: Readers,
  project: number,
  mergeRequest: number,
  pipeline: number,
): Promise<FlakyTestsFacts['refused']> {
  const decisions = await read.decisions.ofMergeRequest(project, mergeRequest, decisionsLooked)
  return decisions.flatMap(({ event, actions, outcomes }) => {
    if (event.kind !== 'job' || event.pipeline !== pipeline) return []
    const index = actions.findIndex(({ type }) => type === 'retry_job')
    const outcome = outcomes[index]
    return outcome?.result === 'refused' ? [{ job: event.name, because: outcome.detail ?? 'GitLab refused' }] : []
  })
}
