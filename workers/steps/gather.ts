import type { Job, MergeRequest, PipelineBasic } from '../../src/gitlab/types.ts'
import { nameMatcher } from '../../src/match.ts'
import type { Readers } from '../../src/readers.ts'
import { isAlive } from '../../src/status.ts'
import type { HeadPipeline, Step, StepFacts, StepOptions } from './facts.ts'
import { pipelineOfJobs } from './reach.ts'
import { isOfMergeRequest, readReach } from './read-reach.ts'
import { readTarget } from './read-target.ts'
import type { TemplateValues } from './template.ts'

const hour = 3_600_000
const decisionsRead = 100

type Asked = {
  steps: readonly Step[]
  mergeRequest: MergeRequest
  values: TemplateValues
  options: StepOptions
}

/** Reads what the steps need, and nothing else. */
export async function gatherSteps(asked: Asked, read: Readers): Promise<StepFacts> {
  const { mergeRequest, steps } = asked
  const { project, iid } = mergeRequest
  const asksFor = (...types: Step['type'][]) => steps.some(({ type }) => types.includes(type))
  const all = asksFor('run_pipeline', 'cancel_pipeline', 'retry_failed_jobs', 'play_job')
    ? await read.gitlab.mergeRequestPipelines(project, iid)
    : []
  const ofHead = all.filter((pipeline) => isOfHead(pipeline, mergeRequest)).toSorted((one, other) => other.id - one.id)
  const pipelines = await headPipelines(ofHead, asked, read)
  const touched = steps.some(asksForJobs) ? pipelineOfJobs(pipelines) : undefined
  const jobs = touched ? await read.gitlab.pipelineJobs(project, touched.id) : []
  return {
    project,
    mergeRequest: iid,
    sha: mergeRequest.sha,
    newestPipeline: Math.max(0, ...all.map(({ id }) => id)),
    pipelines,
    jobs: jobs.map(({ id, name, status }) => ({ id, name, status })),
    targets: await readTargets(asked, read),
    startedLately: asksFor('run_pipeline', 'trigger') ? await startedLately(project, iid, read) : 0,
  }
}

const asksForJobs = ({ type }: Step): boolean => type === 'retry_failed_jobs' || type === 'play_job'

/** Pipelines of merged results are of a commit of their own, so they are known by being the newest one. */
const isOfHead = ({ id, sha, ref }: PipelineBasic, mergeRequest: MergeRequest): boolean =>
  sha === mergeRequest.sha || (ref.endsWith('/merge') && id === mergeRequest.headPipeline?.id)

async function headPipelines(ofHead: readonly PipelineBasic[], asked: Asked, read: Readers): Promise<HeadPipeline[]> {
  const { project } = asked.mergeRequest
  const isOwn = (pipeline: PipelineBasic) => pipeline.project === project && isOfMergeRequest(pipeline)
  const mayNeedBranch = asked.steps.some(asksForJobs) && !ofHead.some(isOwn)
  const outOfReach = await readReach(mayNeedBranch ? ofHead : [], project, read.gitlab)
  return Promise.all(ofHead.map((pipeline) => headPipeline(pipeline, outOfReach(pipeline), asked, read)))
}

async function headPipeline(
  pipeline: PipelineBasic,
  outOfReach: string | null,
  asked: Asked,
  read: Readers,
): Promise<HeadPipeline> {
  const { id, status, url, createdAt, project } = pipeline
  const ofMergeRequest = isOfMergeRequest(pipeline)
  const replaced = ofMergeRequest && isAlive(status) && asked.steps.some(({ type }) => type === 'run_pipeline')
  const inFork = project !== asked.mergeRequest.project
  return {
    id,
    status,
    url,
    ofMergeRequest,
    createdAt: createdAt === null ? null : Date.parse(createdAt),
    outOfReach,
    mustRun: inFork ? 'it runs in another project' : replaced ? await reasonToRun(pipeline, asked, read) : null,
  }
}

/**
 * GitLab's API does not tell which jobs are `interruptible`. What tells: names that the configuration protects, and
 * deployments that run.
 */
async function reasonToRun(pipeline: PipelineBasic, { options }: Asked, read: Readers): Promise<string | null> {
  const jobs = await read.gitlab.pipelineJobs(pipeline.project, pipeline.id)
  const started = jobs.filter(({ startedAt }) => startedAt !== null)
  const isProtected = [nameMatcher(options.failFast.neverInterruptJobs), nameMatcher(options.retry.neverJobs)]
  const found = started.find(({ name }) => isProtected.some((matches) => matches(name)))
  if (found) return `${found.name} must not be interrupted`
  return (await deploys(started, pipeline.project, read)) ? 'a job of it deploys' : null
}

async function deploys(started: readonly Job[], project: number, read: Readers): Promise<boolean> {
  const running = started.filter(({ status }) => isAlive(status)).map(({ id }) => id)
  if (running.length === 0) return false
  const deployments = await read.gitlab.runningDeployments(project)
  return deployments.some(({ job }) => job !== null && running.includes(job))
}

async function readTargets({ steps, values }: Asked, read: Readers): Promise<StepFacts['targets']> {
  const triggers = steps.flatMap((step) => (step.type === 'trigger' ? [step] : []))
  return Promise.all(triggers.map((trigger) => readTarget(trigger, values, read.gitlab)))
}

/** A circle, such as a triggered pipeline that sets the label again, goes through here. */
async function startedLately(project: number, mergeRequest: number, read: Readers): Promise<number> {
  const since = read.now() - hour
  const decisions = await read.decisions.ofMergeRequest(project, mergeRequest, decisionsRead)
  const actions = decisions.filter(({ at }) => at >= since).flatMap((decision) => decision.actions)
  return actions.filter(({ type }) => type === 'run_pipeline' || type === 'trigger_pipeline').length
}
