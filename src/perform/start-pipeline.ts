import type { Action } from '../action.ts'
import { RefusedError } from '../errors.ts'
import { GitLabError, isRefusal } from '../gitlab/errors.ts'
import type { PipelineBasic } from '../gitlab/types.ts'
import type { Circumstances, PerformDeps, Performed } from './types.ts'

type RunPipeline = Extract<Action, { type: 'run_pipeline' }>
type TriggerPipeline = Extract<Action, { type: 'trigger_pipeline' }>

const started = ({ id, url }: PipelineBasic): Performed => ({
  result: 'done',
  detail: `pipeline ${id} was started`,
  ...(url === '' ? {} : { url }),
})

const startedBefore = ({ id, url }: PipelineBasic): Performed => ({
  result: 'already so',
  detail: `pipeline ${id} was started by an earlier try`,
  ...(url === '' ? {} : { url }),
})

const pushedSince: Performed = { result: 'already so', detail: 'a push since then has pipelines of its own' }

/** GitLab's own words say nothing. */
function explained(error: unknown): never {
  if (!(error instanceof GitLabError) || error.status !== 405) throw error
  const because = 'no job of the configuration runs for this merge request, or it has no commits'
  throw new RefusedError(`GitLab makes no pipeline: ${because} (${error.message})`, { cause: error })
}

/**
 * Only a pipeline that is there takes the place of others: GitLab may refuse to make one.
 *
 * The new one counts, whether or not GitLab lets the others be stopped.
 */
export async function runPipeline(
  action: RunPipeline,
  deps: PerformDeps,
  circumstances: Circumstances,
): Promise<Performed> {
  const { isThere, performed } = await startOnce(action, deps, circumstances)
  const kept = isThere ? await stopReplaced(action, deps) : []
  return kept.length === 0 ? performed : { ...performed, detail: [performed.detail, ...kept].join('; ') }
}

/**
 * The same call twice makes two pipelines, and a call without an answer may have made one: every try but the first
 * looks for it.
 */
async function startOnce(
  { project, mergeRequest, sha, after }: RunPipeline,
  { reader, writer }: PerformDeps,
  { firstTry }: Circumstances,
): Promise<{ isThere: boolean; performed: Performed }> {
  if (!firstTry) {
    const made = (await reader.mergeRequestPipelines(project, mergeRequest)).find(isThisOne)
    if (made) return { isThere: true, performed: startedBefore(made) }
    // It would be one of commits that nobody asked about, and that of a fork with the rights of this project.
    const newest = (await reader.mergeRequest(project, mergeRequest)).sha
    if (newest !== sha) return { isThere: false, performed: pushedSince }
  }
  const made = await writer.createMergeRequestPipeline(project, mergeRequest).catch(explained)
  return { isThere: true, performed: started(made) }

  /** Pipelines of merged results are of a commit of their own. */
  function isThisOne(pipeline: PipelineBasic): boolean {
    const ofMergeRequest = pipeline.source === 'merge_request_event'
    return ofMergeRequest && pipeline.id > after && (pipeline.sha === sha || pipeline.ref.endsWith('/merge'))
  }
}

/** @returns what GitLab did not let be stopped */
async function stopReplaced({ project, replaces = [] }: RunPipeline, { writer }: PerformDeps): Promise<string[]> {
  const kept: string[] = []
  for (const pipeline of replaces) {
    try {
      await writer.cancelPipeline(project, pipeline)
    } catch (error) {
      if (!isRefusal(error)) throw error
      kept.push(`pipeline ${pipeline} goes on, for GitLab refused: ${error.message}`)
    }
  }
  return kept
}

export async function triggerPipeline(
  { project, ref, variables, after }: TriggerPipeline,
  { reader, writer, botUserId }: PerformDeps,
  { firstTry }: Circumstances,
): Promise<Performed> {
  const candidates = firstTry ? [] : await reader.pipelinesOfRef(project, ref)
  for (const { id } of candidates.filter((pipeline) => pipeline.id > after && pipeline.source === 'api')) {
    const pipeline = await reader.pipeline(project, id)
    if (pipeline.user?.id === (await botUserId()) && (await isThisOne(id))) return startedBefore(pipeline)
  }
  return started(await writer.createPipeline(project, ref, variables))

  /** Other merge requests may trigger the same ref; a bot that may not read its variables cannot tell. */
  async function isThisOne(pipeline: number): Promise<boolean> {
    const given = await reader.pipelineVariables(project, pipeline)
    return given === null || Object.entries(variables).every(([name, value]) => given[name] === value)
  }
}
