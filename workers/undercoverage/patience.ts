import { NotYetError } from '../../src/errors.ts'
import type { Job } from '../../src/gitlab/types.ts'
import type { Readers } from '../../src/readers.ts'
import { reasonToRetry } from '../../src/retry.ts'
import { isCompleted } from '../../src/status.ts'
import type { UndercoverageEvent } from './events.ts'
import type { UndercoverageFacts } from './facts.ts'
import { errorFindings, type Findings } from './findings.ts'
import type { UndercoverageOptions } from './options.ts'
import { isWaiting } from './rules.ts'

/** What is looked at, and what for. */
export type Asked = {
  event: UndercoverageEvent
  batch: readonly UndercoverageEvent[]
  read: Readers
  options: UndercoverageOptions
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

/** @throws NotYetError while a failed job may still get another try by our own hand */
export function awaitRetry(ended: readonly Job[], { read, options }: Asked): void {
  const retried = ended.find(({ name, status, failureReason, finishedAt }) => {
    const age = read.now() - Date.parse(finishedAt ?? '')
    const isYoung = age < retryPatience
    const failed = { name, failureReason, attempts: 1, tracePattern: null }
    return status === 'failed' && isYoung && reasonToRetry(failed, options.retry) !== null
  })
  if (retried) throw new NotYetError(`${retried.name} may be retried`, 5_000)
}
