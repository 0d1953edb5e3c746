import { NotYetError } from '../../src/errors.ts'
import { isRefusal } from '../../src/gitlab/errors.ts'
import type { Job } from '../../src/gitlab/types.ts'
import { readTracePattern } from '../../src/read-trace.ts'
import type { Readers } from '../../src/readers.ts'
import { isKnownFlaky, mayBeRetried, reasonToRetry } from '../../src/retry.ts'
import { isCompleted } from '../../src/status.ts'
import type { UndercoverageEvent } from './events.ts'
import type { UndercoverageFacts } from './facts.ts'
import { errorFindings, type Findings } from './findings.ts'
import type { GatherOptions } from './options.ts'
import { isWaiting } from './rules.ts'

/** What is looked at, and what for. */
export type Asked = {
  event: UndercoverageEvent
  batch: readonly UndercoverageEvent[]
  read: Readers
  options: GatherOptions
}

/** A trigger job that has not started its pipeline yet sends no event when it does. */
const lookForChildrenEvery = 20_000
const lookForChildrenUntil = 3_600_000

/** In milliseconds. */
const diffPatience = 120_000

/** How long a failed job is given to be retried by this bot's own rules, in milliseconds. */
const retryPatience = 45_000

/** @throws NotYetError for a while */
export function withoutDiff({ event, read }: Asked): Findings {
  if (read.now() - event.at < diffPatience) throw new NotYetError('GitLab has not made the diff yet', 3_000)
  return errorFindings('GitLab has not made the diff of the newest commit', 'Retry the coverage job a little later.')
}

/** @throws NotYetError */
export function awaitChildren({ event, read }: Asked, { pipeline, current }: UndercoverageFacts): void {
  const onlyBridges = pipeline?.jobs.every(({ status }) => isCompleted(status)) && isWaiting(current)
  if (!onlyBridges || event.asked || read.now() - event.at > lookForChildrenUntil) return
  throw new NotYetError('a trigger job may still bring coverage jobs', lookForChildrenEvery)
}

/**
 * No event tells that nothing will move any more. Where a status waits it is looked after anyway, where none is to be set
 * nobody would come back.
 *
 * @throws NotYetError
 */
export function awaitQuiet({ event, read, options }: Asked, { pipeline, current }: UndercoverageFacts): void {
  const quietAt = pipeline?.quietAt ?? null
  const isToBeHeld = options.undercoverage.hold && !isWaiting(current)
  if (quietAt === null || isToBeHeld || event.asked) return
  throw new NotYetError(
    'nothing moves, and it shows soon whether a person has to start it',
    quietAt + 1_000 - read.now(),
  )
}

/** @throws NotYetError while a failed job may still get another try by our own hand */
export async function awaitRetry(ended: readonly Job[], { read, options }: Asked): Promise<void> {
  const isYoung = ({ finishedAt }: Job) => read.now() - Date.parse(finishedAt ?? '') < retryPatience
  for (const job of ended.filter((one) => one.status === 'failed' && isYoung(one))) {
    if (await deservesRetry(job, read, options)) throw new NotYetError(`${job.name} may be retried`, 5_000)
  }
}

/** As the reaction that retries concludes it, but for what it knows of earlier retries: nothing is lost but this patience. */
async function deservesRetry(job: Job, read: Readers, { retry, flakyTests }: GatherOptions): Promise<boolean> {
  const { id, name, failureReason, pipeline } = job
  const all = await read.gitlab.pipelineJobs(pipeline.project, pipeline.id, { includeRetried: true })
  const attempts = all.filter((one) => one.name === name).length
  const failed = { id, name, failureReason, attempts, tracePattern: null }
  if (!mayBeRetried(failed, retry)) return false
  const tracePattern = await readTracePattern(read.gitlab, pipeline.project, failed, retry)
  if (reasonToRetry({ ...failed, tracePattern }, retry)) return true
  return retry.knownFlaky && isKnownFlaky(failed, await failedTests(job, attempts, read, flakyTests), retry)
}

async function failedTests(job: Job, attempt: number, { tests }: Readers, options: GatherOptions['flakyTests']) {
  try {
    return await tests.failedIn(job, options, { attempt, isLatest: true })
  } catch (error) {
    if (isRefusal(error)) return null
    throw error
  }
}
