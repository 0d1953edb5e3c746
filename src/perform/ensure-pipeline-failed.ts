import type { Action } from '../action.ts'
import { NotYetError } from '../errors.ts'
import type { Pipeline } from '../gitlab/types.ts'
import { isAlive, isCancelable } from '../status.ts'
import type { Circumstances, PerformDeps, Performed } from './types.ts'

type EnsurePipelineFailed = Extract<Action, { type: 'ensure_pipeline_failed' }>

/** Jobs that end gracefully run their `after_script` first, which may take a while. */
const patienceMs = 10 * 60_000
/** A cancel that GitLab throttled silently is a 200 that changed nothing; by this time a real one shows. */
const cancelShowsAfterMs = 8_000

/** Waits by NotYetError until the pipeline settled, then makes it visible as failed if it is not. */
export async function ensurePipelineFailed(
  action: EnsurePipelineFailed,
  deps: PerformDeps,
  { decidedAt, firstTry }: Circumstances,
): Promise<Performed> {
  const pipeline = await deps.reader.pipeline(action.project, action.pipeline)
  if (pipeline.status === 'failed') return { result: 'already so' }
  if (pipeline.status === 'success') return { result: 'already so', detail: 'the pipeline succeeded after all' }
  if (isAlive(pipeline.status)) return awaitEnd(action, pipeline, deps, decidedAt)
  if (!firstTry && (await isSaidAlready(action, deps))) return { result: 'already so' }
  await deps.writer.setCommitStatus(action.project, action.sha, {
    name: action.status,
    state: 'failed',
    description: action.description,
    pipeline: action.pipeline,
  })
  return {
    result: 'done',
    detail: `the pipeline ended as ${pipeline.status}, so the commit status says failed`,
  }
}

/** A finished status is not updated but replaced (GitLab's service), so the same again would be a second one. */
async function isSaidAlready({ project, sha, pipeline, status }: EnsurePipelineFailed, { reader }: PerformDeps) {
  const found = await reader.commitStatuses(project, sha, { pipeline, name: status })
  return found.some((each) => each.status === 'failed')
}

async function awaitEnd(
  action: EnsurePipelineFailed,
  pipeline: Pipeline,
  deps: PerformDeps,
  decidedAt: number,
): Promise<Performed> {
  const age = deps.now() - decidedAt
  if (age > patienceMs)
    return {
      result: 'done',
      detail: `left ${pipeline.status}: it did not settle in 10 minutes`,
    }
  if (age > cancelShowsAfterMs && pipeline.status !== 'canceling') {
    const given = await cancelAgain(action, deps, decidedAt)
    if (given) return given
  }
  throw new NotYetError(
    `pipeline ${action.pipeline} is still ${pipeline.status}`,
    age < cancelShowsAfterMs ? 2_000 : 5_000,
  )
}

/** @returns a result when somebody has started jobs again: their will stands. */
async function cancelAgain(
  action: EnsurePipelineFailed,
  { reader, writer }: PerformDeps,
  decidedAt: number,
): Promise<Performed | null> {
  const jobs = await reader.pipelineJobs(action.project, action.pipeline)
  const restarted = jobs.find((job) => Date.parse(job.createdAt ?? '') > decidedAt)
  if (restarted)
    return {
      result: 'already so',
      detail: `${restarted.name} was started again; left alone`,
    }
  if (jobs.some((job) => isCancelable(job.status))) await writer.cancelPipeline(action.project, action.pipeline)
  return null
}
