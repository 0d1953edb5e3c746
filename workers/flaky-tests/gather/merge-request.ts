import { GitLabError } from '../../../src/gitlab/errors.ts'
import type { MergeRequest } from '../../../src/gitlab/types.ts'
import type { Readers } from '../../../src/readers.ts'
import type { FlakyTestsFacts } from '../facts.ts'

const decisionsLooked = 100

type OfPipeline = { id: number; sha: string; ref: string }

/** A merge request that cannot be read gets no note; the rest is done all the same. */
export async function readMergeRequest(
  read: Readers,
  project: number,
  mergeRequest: number | null,
  pipeline: OfPipeline,
): Promise<FlakyTestsFacts['mergeRequest']> {
  if (mergeRequest === null) return null
  try {
    const found = await read.gitlab.mergeRequest(project, mergeRequest)
    if (isAnother(found, pipeline)) return null
    return { iid: found.iid, headPipeline: found.headPipeline?.id ?? null, hasNotes: found.userNotesCount > 0 }
  } catch (error) {
    if (error instanceof GitLabError && error.kind === 'not_found') return null
    throw error
  }
}

/**
 * A pipeline that runs in a fork has the ref of the merge request in the target project: looked up in the fork, that
 * number is another merge request. A younger pipeline of another commit than the head's cannot be its own.
 */
const isAnother = ({ headPipeline, sha }: Pick<MergeRequest, 'headPipeline' | 'sha'>, pipeline: OfPipeline): boolean =>
  pipeline.ref.endsWith('/head') && sha !== null && sha !== pipeline.sha && (headPipeline?.id ?? 0) < pipeline.id

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
