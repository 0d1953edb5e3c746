import type { JobEvent } from '../../src/event.ts'
import { latestAttempts } from '../../src/gitlab/attempts.ts'
import { GitLabError } from '../../src/gitlab/errors.ts'
import type { Job, PipelineBasic } from '../../src/gitlab/types.ts'
import { nameMatcher } from '../../src/match.ts'
import { readHelpless } from '../../src/read-help.ts'
import { readTracePattern } from '../../src/read-trace.ts'
import { readTraits } from '../../src/read-traits.ts'
import type { Readers } from '../../src/readers.ts'
import { reasonToRetry } from '../../src/retry.ts'
import { isAlive, isCancelable } from '../../src/status.ts'
import { variablesAsked } from '../../src/variables.ts'
import { savedSeconds } from './estimate.ts'
import type { FailFastFacts } from './facts.ts'
import type { FailFastOptions } from './options.ts'
import { isKnownFlakyJob, spokenAgainst } from './rules.ts'

const namesKept = 10

/** Reads from cheap to dear and stops as soon as something speaks against stopping the pipeline. */
export async function gather(event: JobEvent, read: Readers, options: FailFastOptions): Promise<FailFastFacts> {
  const all = await read.gitlab.pipelineJobs(event.project.id, event.pipeline, { includeRetried: true })
  const jobs = latestAttempts(all)
  const ofJobs = await withHelp(factsOfJobs(event, all, jobs, options), read)
  if (spokenAgainst(ofJobs)) return ofJobs
  const ofMergeRequest = { ...ofJobs, ...(await readMergeRequest(event, read, jobs, options)) }
  if (spokenAgainst(ofMergeRequest)) return ofMergeRequest
  const ofTrace = await withHelp({ ...ofMergeRequest, latest: await withTrace(ofMergeRequest, read) }, read)
  if (spokenAgainst(ofTrace)) return ofTrace
  const ofRest = { ...ofTrace, ...(await readRest(event, read, jobs, ofTrace)) }
  return isKnownFlakyJob(ofRest) ? withHelp(ofRest, read) : ofRest
}

/** Where a retry could still be wanted: whether retries of that kind of failure have ever helped. */
async function withHelp(facts: FailFastFacts, read: Readers): Promise<FailFastFacts> {
  const { project, latest, failedTests, options } = facts
  const wanted = latest && (reasonToRetry(latest, options.retry) || isKnownFlakyJob(facts))
  if (!wanted) return facts
  return {
    ...facts,
    latest: { ...latest, helpless: await readHelpless(read, project, latest, failedTests ?? null, options) },
  }
}

async function withTrace({ project, latest, options }: FailFastFacts, read: Readers) {
  return latest && { ...latest, tracePattern: await readTracePattern(read.gitlab, project, latest, options.retry) }
}

function factsOfJobs(event: JobEvent, all: Job[], jobs: Job[], options: FailFastOptions): FailFastFacts {
  const latest = jobs.find(({ name }) => name === event.name) ?? null
  const left = jobs.filter(({ status }) => isCancelable(status))
  const mustNotStop = nameMatcher(options.failFast.neverInterruptJobs)
  return {
    options,
    project: event.project.id,
    job: event.job,
    latest: latest && {
      id: latest.id,
      name: latest.name,
      status: latest.status,
      allowFailure: latest.allowFailure,
      failureReason: latest.failureReason,
      url: latest.url,
      attempts: all.filter(({ name }) => name === event.name).length,
      tracePattern: null,
    },
    pipeline: pipelineOf(event, latest?.pipeline),
    left: { count: left.length, names: left.slice(0, namesKept).map(({ name }) => name) },
    neverInterrupt: jobs.filter((job) => holdsPipeline(job) && mustNotStop(job.name)).map(({ name }) => name),
  }
}

/** A job that must not be interrupted also counts while it waits: GitLab's own check missed that and killed deployments. */
const holdsPipeline = ({ status }: Job) => status === 'running' || status === 'pending' || status === 'success'

/** Each job carries its pipeline, which saves a call. */
function pipelineOf(event: JobEvent, basic: PipelineBasic | undefined): FailFastFacts['pipeline'] {
  return {
    id: event.pipeline,
    status: basic?.status ?? 'running',
    sha: basic?.sha || event.sha,
    ref: basic?.ref || event.ref,
    url: basic?.url ?? '',
  }
}

async function readMergeRequest(event: JobEvent, read: Readers, jobs: Job[], options: FailFastOptions) {
  const { id: project } = event.project
  const mergeRequest = event.mergeRequest ? await read.gitlab.mergeRequest(project, event.mergeRequest) : null
  const pipeline = jobs.find(({ name }) => name === event.name)?.pipeline
  const asked = variablesAsked(options.failFast.pipelines, options.conditions)
  return {
    traits: await readTraits(event, pipeline, mergeRequest, read.gitlab, asked),
    mergeRequest: mergeRequest && {
      iid: mergeRequest.iid,
      labels: mergeRequest.labels,
      sha: mergeRequest.sha,
      headPipeline: mergeRequest.headPipeline?.id ?? null,
      hasNotes: mergeRequest.userNotesCount > 0,
    },
  }
}

async function readRest(event: JobEvent, read: Readers, jobs: Job[], { options, latest: facts }: FailFastFacts) {
  const latest = jobs.find(({ id }) => id === event.job)
  const place = { attempt: facts?.attempts ?? 1, isLatest: true }
  const [deploying, downstream, failedTests, typical] = await Promise.all([
    readDeploying(event, read, jobs),
    readDownstream(event, read),
    latest ? orNull(read.tests.failedIn(latest, options.flakyTests, place)) : null,
    orNull(read.durations.typical(event.project.id)),
  ])
  const left = jobs.filter(({ status }) => isCancelable(status))
  return { deploying, downstream, failedTests, savedSeconds: typical && savedSeconds(left, typical, read.now()) }
}

/** REST jobs do not tell their environment; a job that stops one makes no deployment, so it is not in this list. */
async function readDeploying(event: JobEvent, read: Readers, jobs: Job[]) {
  const running = new Map(jobs.filter(({ status }) => status === 'running').map((job) => [job.id, job.name]))
  if (running.size === 0) return []
  const deployments = await read.gitlab.runningDeployments(event.project.id)
  return deployments.flatMap(({ job, environment }) => {
    const name = job === null ? undefined : running.get(job)
    return name ? [{ job: name, environment }] : []
  })
}

/** Child pipelines are cancelled by GitLab with their parent; those in other projects keep running. */
async function readDownstream(event: JobEvent, read: Readers) {
  const bridges = await read.gitlab.pipelineBridges(event.project.id, event.pipeline)
  return bridges.flatMap(({ downstream }) =>
    downstream && downstream.project !== event.project.id && isAlive(downstream.status)
      ? [{ project: downstream.project, pipeline: downstream.id, url: downstream.url }]
      : [],
  )
}

/** What only makes the note better must not hold up the cancel: GitLab's refusal is as good as "unknown". */
async function orNull<T>(promise: Promise<T>): Promise<T | null> {
  try {
    return await promise
  } catch (error) {
    if (error instanceof GitLabError) return null
    throw error
  }
}
