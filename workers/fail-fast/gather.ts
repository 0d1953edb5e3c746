import { setTimeout as sleep } from 'node:timers/promises'
import type { JobEvent } from '../../src/event.ts'
import { latestAttempts } from '../../src/gitlab/attempts.ts'
import { GitLabError } from '../../src/gitlab/errors.ts'
import type { Job, PipelineBasic } from '../../src/gitlab/types.ts'
import { mergeRequestOfRef } from '../../src/merge-request-ref.ts'
import { readHelpless } from '../../src/read-help.ts'
import { readTracePattern } from '../../src/read-trace.ts'
import { readTraits } from '../../src/read-traits.ts'
import type { Readers } from '../../src/readers.ts'
import { awaitReplica } from '../../src/replica.ts'
import { reasonToRetry } from '../../src/retry.ts'
import { variablesAsked } from '../../src/variables.ts'
import { isBehind } from './behind.ts'
import { savedSeconds } from './estimate.ts'
import type { FailFastFacts } from './facts.ts'
import { isCancelableJob, readDeploying, readFamily, whatACancelStops } from './family.ts'
import type { FailFastOptions } from './options.ts'
import { isKnownFlakyJob, spokenAgainst } from './rules.ts'

/** What only makes the note better must not hold up the cancel for longer. */
const patienceMs = 15_000

/**
 * Reads from cheap to dear and stops as soon as something speaks against stopping the pipeline.
 *
 * @throws NotYetError while GitLab shows an older state than the one it told of
 */
export async function gather(event: JobEvent, read: Readers, options: FailFastOptions): Promise<FailFastFacts> {
  const all = await read.gitlab.pipelineJobs(event.project.id, event.pipeline, { includeRetried: true })
  const jobs = latestAttempts(all)
  if (isBehind(jobs, event)) awaitReplica(event.at, read.now(), `GitLab does not show yet that ${event.name} failed`)
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
    ...whatACancelStops(jobs, options),
  }
}

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
  const pipeline = jobs.find(({ name }) => name === event.name)?.pipeline
  // Whether the event has the pipeline's own ref, or that of its branch, is not written anywhere.
  const iid = event.mergeRequest ?? mergeRequestOfRef(pipeline?.ref ?? '')
  const mergeRequest = iid ? await read.gitlab.mergeRequest(project, iid) : null
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
  const [family, failedTests, typical] = await Promise.all([
    readWhatItStops(event, read, jobs, options),
    latest ? soonOrNull(read.tests.failedIn(latest, options.flakyTests, place)) : null,
    soonOrNull(read.durations.typical(event.project.id)),
  ])
  const { stopped, ...facets } = family
  return { ...facets, failedTests, savedSeconds: typical && savedSeconds(stopped, typical, read.now()) }
}

async function readWhatItStops(event: JobEvent, read: Readers, own: Job[], options: FailFastOptions) {
  const family = await readFamily(event, read.gitlab, options)
  const jobs = [...own, ...family.jobs]
  const { downstream, spared } = family
  const deploying = await readDeploying(event.project.id, read.gitlab, jobs)
  return { ...whatACancelStops(jobs, options), deploying, downstream, spared, stopped: jobs.filter(isCancelableJob) }
}

/** GitLab's refusal, and its silence, are as good as "unknown". */
async function soonOrNull<T>(promise: Promise<T>): Promise<T | null> {
  const patience = new AbortController()
  try {
    return await Promise.race([promise, sleep(patienceMs, null, { signal: patience.signal })])
  } catch (error) {
    if (error instanceof GitLabError) return null
    throw error
  } finally {
    patience.abort()
  }
}
