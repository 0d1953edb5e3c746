import type { JobEvent, PipelineEvent } from '../../src/event.ts'
import { latestAttempts } from '../../src/gitlab/attempts.ts'
import { asId, asText, dig } from '../../src/json.ts'
import { nameMatcher } from '../../src/match.ts'
import type { Readers } from '../../src/readers.ts'
import { awaitReplica } from '../../src/replica.ts'
import { isAlive } from '../../src/status.ts'
import type { SavedDecision } from '../../src/store/decisions.ts'
import { isBehind } from './behind.ts'
import type { MendedFacts } from './mended-facts.ts'
import type { FailFastOptions } from './options.ts'
import { failFastStatus } from './report.ts'

type Stopped = NonNullable<MendedFacts['stopped']>
type Stop = { stopped: Stopped; mergeRequest: number | null }
type Passing = JobEvent | PipelineEvent

/** Their names alone are read, unless they are about fail-fast jobs. */
const decisionsLooked = 500

/**
 * Asks GitLab only where the bot has stopped something, for this is woken by each pipeline that passes.
 *
 * @throws NotYetError while GitLab shows an older state than the one it told of
 */
export async function gatherMended(event: Passing, read: Readers, options: FailFastOptions): Promise<MendedFacts> {
  const facts = { options, project: event.project.id }
  const last = await readStopped(event, read)
  // What an older pipeline showed mends nothing.
  if (!last || event.pipeline < last.stopped.pipeline) {
    return { ...facts, mergeRequest: event.mergeRequest, stopped: null }
  }
  const { stopped } = last
  const [passed, isMarked] = await Promise.all([
    event.kind === 'job' ? readJobs(event, stopped, read, options) : readPipeline(event, read),
    readMark(event, stopped, read),
  ])
  return { ...facts, ...last, ...passed, isMarked }
}

/** The note tells of one stop, the last one. */
async function readStopped({ project, mergeRequest, pipeline }: Passing, read: Readers): Promise<Stop | null> {
  const decisions = await read.decisions.find({
    project: project.id,
    ...(mergeRequest ? { mergeRequest } : { pipeline }),
    limit: decisionsLooked,
    factsFrom: 'fail-fast/',
  })
  const last = decisions.find(({ actions }) => actions.some(isSaid))
  return last ? stopOf(last) : null
}

const isSaid = ({ type }: SavedDecision['actions'][number]): boolean =>
  type === 'ensure_pipeline_failed' || type === 'write_note' || type === 'set_commit_status'

function stopOf({ event, actions, facts }: SavedDecision): Stop | null {
  const stop = actions.find((action) => action.type === 'ensure_pipeline_failed')
  if (event.kind !== 'job' || stop?.type !== 'ensure_pipeline_failed') return null
  const url = asText(dig(facts, 'pipeline', 'url')) ?? ''
  return {
    stopped: { pipeline: stop.pipeline, url, job: event.name, sha: stop.sha },
    // A job's event may not tell it.
    mergeRequest: asId(dig(facts, 'mergeRequest', 'iid')),
  }
}

async function readPipeline(event: PipelineEvent, { gitlab, now }: Readers): Promise<Pick<MendedFacts, 'passed'>> {
  const { project, pipeline } = event
  const { status, url } = await gitlab.pipeline(project.id, pipeline)
  if (isAlive(status)) awaitReplica(event.at, now(), `GitLab does not show yet that pipeline ${pipeline} passed`)
  return { passed: { what: 'pipeline', name: `pipeline ${pipeline}`, status, url, pipeline } }
}

/** The one for which the pipeline was stopped may have passed before: then the event is about the last that had failed. */
async function readJobs(
  event: JobEvent,
  stopped: Stopped,
  { gitlab, now }: Readers,
  { failFast }: FailFastOptions,
): Promise<Pick<MendedFacts, 'passed' | 'failing'>> {
  const { project, pipeline } = event
  const jobs = latestAttempts(await gitlab.pipelineJobs(project.id, pipeline))
  if (isBehind(jobs, event)) awaitReplica(event.at, now(), `GitLab does not show yet that ${event.name} passed`)
  const isFailFast = nameMatcher(failFast.jobs)
  const failing = jobs.filter((job) => job.status === 'failed' && !job.allowFailure && isFailFast(job.name))
  const job = jobs.find(({ name }) => name === stopped.job)
  return {
    passed: job && { what: 'job', name: job.name, status: job.status, url: job.url, pipeline },
    failing: failing.map(({ name }) => name),
  }
}

/** One that is left would keep a pipeline red in which everything passed since: nobody can retry it. */
async function readMark(event: Passing, { pipeline, sha }: Stopped, { gitlab }: Readers): Promise<boolean> {
  if (event.pipeline !== pipeline) return false
  const statuses = await gitlab.commitStatuses(event.project.id, sha, { pipeline, name: failFastStatus })
  return statuses.toSorted((one, other) => other.id - one.id)[0]?.status === 'failed'
}
