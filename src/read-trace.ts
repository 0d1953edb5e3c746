import type { RetryOptions } from '../config/schema.ts'
import { isRefusal } from './gitlab/errors.ts'
import type { GitLabReader } from './gitlab/faces.ts'
import { matchTrace, traceTailBytes } from './reports/trace.ts'
import { type FailedJob, mayBeRetried, reasonToRetry } from './retry.ts'

/**
 * The name of the pattern that the end of a job's trace shows; null: none, or the trace may not be read. A trace is
 * large, so it is read only where a pattern in it could still mean a retry.
 */
export async function readTracePattern(
  gitlab: Pick<GitLabReader, 'trace'>,
  project: number,
  job: FailedJob & { id: number },
  retry: RetryOptions,
): Promise<string | null> {
  const decidesNothing = !mayBeRetried(job, retry) || reasonToRetry(job, retry) !== null
  if (retry.tracePatterns.length === 0 || decidesNothing) return null
  try {
    return matchTrace(await gitlab.trace(project, job.id, { tailBytes: traceTailBytes }), retry.tracePatterns)
  } catch (error) {
    if (isRefusal(error)) return null
    throw error
  }
}
