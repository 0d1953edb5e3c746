import type { JobEvent, PipelineEvent } from '../../src/event.ts'
import { latestAttempts } from '../../src/gitlab/attempts.ts'
import { asText, dig } from '../../src/json.ts'
import { nameMatcher } from '../../src/match.ts'
import type { Readers } from '../../src/readers.ts'
import type { SavedDecision } from '../../src/store/decisions.ts'
import type { MendedFacts } from './mended-facts.ts'
import type { FailFastOptions } from './options.ts'
import { failFastStatus } from './report.ts'

type Stopped = NonNullable<MendedFacts['stopped']>
type Passing = JobEvent | PipelineEvent

const decisionsLooked = 100

/** Asks GitLab only where the bot has stopped something. */
export async function gatherMended(event: Passing, read: Readers, options: FailFastOptions): Promise<MendedFacts> {
  const { project, mergeRequest } = event
  const facts: MendedFacts = { options, project: project.id, mergeRequest, stopped: await readStopped(event, read) }
  if (!facts.stopped || !isAbout(event, facts.stopped)) return { ...facts, stopped: null }
  const [passed, isMarked] = await Promise.all([readPassed(event, read, options), readMark(event, facts.stopped, read)])
  return { ...facts, ...passed, isMarked }
}

/** What another job showed, or an older pipeline, mends nothing. */
const isAbout = (event: Passing, { job, pipeline }: Stopped): boolean =>
  event.pipeline >= pipeline && (event.kind === 'pipeline' || event.name === job)

/** The note tells of one stop, the last one. */
async function readStopped({ project, mergeRequest, pipeline }: Passing, read: Readers): Promise<Stopped | null> {
  const decisions = mergeRequest
    ? await read.decisions.ofMergeRequest(project.id, mergeRequest, decisionsLooked)
    : await read.decisions.ofPipeline(project.id, pipeline, decisionsLooked)
  const last = decisions.find(({ reaction, actions }) => reaction === 'fail-fast' && actions.some(isSaid))
  return last ? stopOf(last) : null
}

const isSaid = ({ type }: SavedDecision['actions'][number]): boolean =>
  type === 'ensure_pipeline_failed' || type === 'write_note' || type === 'set_commit_status'

function stopOf({ event, actions, facts }: SavedDecision): Stopped | null {
  const stop = actions.find((action) => action.type === 'ensure_pipeline_failed')
  if (event.kind !== 'job' || stop?.type !== 'ensure_pipeline_failed') return null
  const url = asText(dig(facts, 'pipeline', 'url')) ?? ''
  return { pipeline: stop.pipeline, url, job: event.name, sha: stop.sha }
}

async function readPassed(
  event: Passing,
  { gitlab }: Readers,
  { failFast }: FailFastOptions,
): Promise<Pick<MendedFacts, 'passed' | 'failing'>> {
  const { project, pipeline } = event
  if (event.kind === 'pipeline') {
    const { status, url } = await gitlab.pipeline(project.id, pipeline)
    return { passed: { what: 'pipeline', name: `pipeline ${pipeline}`, status, url, pipeline } }
  }
  const jobs = latestAttempts(await gitlab.pipelineJobs(project.id, pipeline))
  const isFailFast = nameMatcher(failFast.jobs)
  const failing = jobs.filter((job) => job.status === 'failed' && !job.allowFailure && isFailFast(job.name))
  const job = jobs.find(({ name }) => name === event.name)
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
