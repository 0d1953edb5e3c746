import type { JobEvent, PipelineEvent } from '../../src/event.ts'
import type { Job, PipelineBasic } from '../../src/gitlab/types.ts'
import { nameMatcher } from '../../src/match.ts'
import { mergeRequestOfRef } from '../../src/merge-request-ref.ts'
import type { Readers } from '../../src/readers.ts'
import { awaitReplica } from '../../src/replica.ts'
import { isKnownFlaky, reasonToRetry } from '../../src/retry.ts'
import type { Origin } from '../../src/store/tests/types.ts'
import type { AttemptFacts, FlakyTestsFacts, UnreadJob } from './facts.ts'
import { readAttempt } from './gather/attempt.ts'
import { hasEnded, isBehind, type NumberedJob, numbered, ofFailedJobs } from './gather/attempts.ts'
import { readExplained } from './gather/explained.ts'
import { readHistory } from './gather/history.ts'
import { readIssues } from './gather/issues.ts'
import { judgeAttempts } from './gather/judged.ts'
import { readMergeRequest, readRefused } from './gather/merge-request.ts'
import { type ReadAttempt, readAttempts } from './gather/results.ts'
import { retriedJobs, retryOutcomes } from './gather/retries.ts'
import type { FlakyTestsReactionOptions } from './options.ts'

type Wake = JobEvent | PipelineEvent

/**
 * Reads what the attempts of a pipeline left, judges it, and adds what is known from before.
 *
 * @throws NotYetError while GitLab shows an older state than the one it told of
 */
export async function gather(event: Wake, read: Readers, options: FlakyTestsReactionOptions): Promise<FlakyTestsFacts> {
  const { id: project } = event.project
  const all = numbered(await read.gitlab.pipelineJobs(project, event.pipeline, { includeRetried: true }))
  if (isBehind(event, all)) awaitReplica(event.at, read.now(), `GitLab does not show yet that the ${event.kind} ended`)
  const [first] = all
  const ref = first?.job.pipeline.ref ?? event.ref
  const pipeline = await pipelineOf(event, first?.job.pipeline, read)
  const now = Math.floor(read.now() / 1000)
  const reportedBy = event.kind === 'job' ? reporterOf(event, all, options) : null
  const attempts = await readAttempts(read, wanted(event, all, reportedBy), options)
  const judged = await judgeAttempts(read, event.project.path, pipeline, attempts, options)
  const iid = typeof pipeline.origin === 'number' ? pipeline.origin : null
  const isOver = event.kind === 'pipeline'
  const attempt =
    event.kind === 'job' && event.status === 'failed' ? await readAttempt(event, all, read, options) : null
  const isOfUse = reportedBy === null || mayRetry(attempt, options)
  return {
    options,
    project,
    path: event.project.path,
    now,
    pipeline,
    attempt,
    stopped: all.some(({ job, isLatest }) => isLatest && (job.status === 'canceled' || job.status === 'canceling')),
    mergeRequest: isOfUse ? await readMergeRequest(read, project, iid, { ...pipeline, ref }) : null,
    reportedBy,
    judged,
    history: judged
      ? await readHistory(read, judged, { project, pipeline: pipeline.id, origin: pipeline.origin, now }, options)
      : {},
    explained: judged ? await readExplained(read, judged, { project, now, ...pipeline }, options) : {},
    retried: retriedJobs(all),
    unread: attempts.flatMap(unreadOf),
    latestOnly: attempts.filter(isHidden).map(({ job }) => job.name),
    refused: isOver && iid !== null ? await readRefused(read, project, iid, pipeline.id) : [],
    retries: await retryOutcomes(read, attempts, options),
    issues: isOver && judged ? await readIssues(read, project, judged, pipeline.sha, options) : null,
  }
}

async function pipelineOf(
  event: Wake,
  basic: PipelineBasic | undefined,
  read: Readers,
): Promise<FlakyTestsFacts['pipeline']> {
  const ref = basic?.ref ?? event.ref
  return {
    id: event.pipeline,
    status: basic?.status ?? (event.kind === 'pipeline' ? event.status : 'running'),
    sha: basic?.sha || event.sha,
    url: basic?.url ?? '',
    origin: await originOf(event, ref, read),
  }
}

async function originOf(event: Wake, ref: string, read: Readers): Promise<Origin> {
  const mergeRequest = event.mergeRequest ?? mergeRequestOfRef(ref)
  if (mergeRequest !== null) return isElsewhere(event) ? 'other' : mergeRequest
  if (event.tag) return 'other'
  const defaultBranch = event.project.defaultBranch ?? (await read.gitlab.project(event.project.id)).defaultBranch
  return ref === defaultBranch ? 'default' : 'other'
}

/** A fork runs the pipeline of a merge request of the project that it is a fork of. */
const isElsewhere = (event: Wake): boolean =>
  event.kind === 'pipeline' && event.targetProject !== null && event.targetProject !== event.project.id

/** A pipeline that ended tells of all jobs; a job that ended, of those that failed, unless another one is to report. */
function wanted(event: Wake, all: readonly NumberedJob[], reportedBy: string | null): NumberedJob[] {
  if (event.kind === 'pipeline') return all.filter(hasEnded)
  if (reportedBy === null) return ofFailedJobs(all)
  if (reportedBy === failFast) return []
  return all.filter((attempt) => hasEnded(attempt) && attempt.job.name === event.name)
}

const failFast = 'fail-fast'

/** What a fail-fast job shows is told by the reaction that it is for, and by us when the pipeline is over. */
function reporterOf(event: JobEvent, all: readonly NumberedJob[], options: FlakyTestsReactionOptions): string | null {
  const { enabled, jobs } = options.failFast
  const isFailFast = enabled && event.status === 'failed' && !event.allowFailure && nameMatcher(jobs)(event.name)
  return isFailFast ? failFast : laterFailure(event, all)
}

/** Whether the merge request still has a say in that. */
const mayRetry = (attempt: AttemptFacts | null, { retry }: FlakyTestsReactionOptions): boolean =>
  attempt?.latest?.status === 'failed' &&
  (reasonToRetry(attempt.latest, retry) !== null || isKnownFlaky(attempt.latest, attempt.tests, retry))

/** When many jobs fail in a burst, the last of them reports for all. */
function laterFailure(event: JobEvent, all: readonly NumberedJob[]): string | null {
  const own = all.find(({ job }) => job.id === event.job)?.job
  const later = all.find(({ job, isLatest }) => isLatest && own && job.status === 'failed' && isAfter(job, own))
  return later?.job.name ?? null
}

const isAfter = (job: Job, own: Job): boolean => {
  const [one, other] = [Date.parse(job.finishedAt ?? ''), Date.parse(own.finishedAt ?? '')]
  return job.id !== own.id && (one > other || (one === other && job.id > own.id))
}

/** What could not be read is told where something failed, or where there was something that could not be read. */
function unreadOf({ job, results }: ReadAttempt): UnreadJob[] {
  const { problems, artifacts, packed } = results
  const isNone = artifacts === 'none' || problems.length === 0
  if (isNone || (packed !== null && problems.every(({ what }) => what === 'repaired'))) return []
  return [{ name: job.name, url: job.url, problems }]
}

/** GitLab's report tells the latest attempt alone, so one before it that left nothing else was not seen. */
const isHidden = ({ job, attempt, results }: ReadAttempt, _: number, all: readonly ReadAttempt[]): boolean =>
  results.source === 'test_report' &&
  all.some((other) => other.job.name === job.name && other.attempt < attempt && other.results.packed === null)
