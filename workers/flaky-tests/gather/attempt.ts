import type { JobEvent } from '../../../src/event.ts'
import { readHelpless } from '../../../src/read-help.ts'
import { readTracePattern } from '../../../src/read-trace.ts'
import type { Readers } from '../../../src/readers.ts'
import { isKnownFlaky, reasonToRetry } from '../../../src/retry.ts'
import type { AttemptFacts } from '../facts.ts'
import type { FlakyTestsReactionOptions } from '../options.ts'
import type { NumberedJob } from './attempts.ts'

/** What speaks for another try of the attempt that the event named; as fail-fast reads it. */
export async function readAttempt(
  event: JobEvent,
  attempts: readonly NumberedJob[],
  read: Readers,
  options: FlakyTestsReactionOptions,
): Promise<AttemptFacts> {
  const newest = attempts.find(({ job, isLatest }) => isLatest && job.name === event.name)
  if (!newest) return { job: event.job, latest: null }
  const { id, name, status, url, failureReason } = newest.job
  const latest = { id, name, status, url, failureReason, attempts: newest.attempt, tracePattern: null }
  if (id !== event.job || status !== 'failed') return { job: event.job, latest }
  const { project } = event
  const tracePattern = await readTracePattern(read.gitlab, project.id, latest, options.retry)
  const tests = await read.tests.failedIn(newest.job, options.flakyTests, newest)
  const failed = { ...latest, tracePattern }
  const wanted = reasonToRetry(failed, options.retry) !== null || isKnownFlaky(failed, tests, options.retry)
  const helpless = wanted ? await readHelpless(read, project.id, failed, tests, options) : 0
  return { job: event.job, latest: { ...failed, helpless }, tests }
}
