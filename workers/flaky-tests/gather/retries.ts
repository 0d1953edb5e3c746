import { readTracePattern } from '../../../src/read-trace.ts'
import type { Readers } from '../../../src/readers.ts'
import { failureSignature } from '../../../src/retry.ts'
import type { FlakyTestsFacts, RetriedJob } from '../facts.ts'
import type { FlakyTestsReactionOptions } from '../options.ts'
import { hasEnded, type NumberedJob } from './attempts.ts'
import type { ReadAttempt } from './results.ts'

/** Jobs that failed and were started again, and what came of it. */
export function retriedJobs(attempts: readonly NumberedJob[]): RetriedJob[] {
  return attempts
    .filter(({ isLatest, attempt }) => isLatest && attempt > 1)
    .flatMap(({ job: { name, url, status }, attempt }) => {
      const before = attempts.find((other) => other.job.name === name && other.attempt === attempt - 1)
      if (before?.job.status !== 'failed') return []
      return [{ name, url, status, attempts: attempt, failureReason: before.job.failureReason }]
    })
}

/** What each retry that ended tells of retries of such failures. */
export async function retryOutcomes(
  read: Readers,
  attempts: readonly ReadAttempt[],
  options: FlakyTestsReactionOptions,
): Promise<FlakyTestsFacts['retries']> {
  const pairs = attempts.flatMap((after) => {
    const before = attempts.find(
      ({ job, attempt }) => job.name === after.job.name && attempt === after.attempt - 1 && job.status === 'failed',
    )
    return before && hasEnded(after) ? [{ before, after }] : []
  })
  return Promise.all(
    pairs.map(async ({ before, after }) => ({
      signature: await signatureOf(read, before, options),
      job: after.job.id,
      passed: after.job.status === 'success',
    })),
  )
}

/** As it was when its retry was decided, from what was kept of the attempt. */
async function signatureOf(read: Readers, before: ReadAttempt, { retry, flakyTests }: FlakyTestsReactionOptions) {
  const { job } = before
  const failed = { ...job, attempts: 1, tracePattern: null }
  const tracePattern = await readTracePattern(read.gitlab, job.pipeline.project, failed, retry)
  return failureSignature({ ...failed, tracePattern }, await read.tests.failedIn(job, flakyTests, before), retry)
}
