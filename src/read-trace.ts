import { isRefusal } from './gitlab/errors.ts'
import type { GitLabReader } from './gitlab/types.ts'
import { matchTrace, type TracePattern, traceTailBytes } from './reports/trace.ts'

/** The name of the pattern that the end of a job's trace shows; null: none, or the trace may not be read. */
export async function readTracePattern(
  gitlab: Pick<GitLabReader, 'trace'>,
  { project, job }: { project: number; job: number },
  patterns: readonly TracePattern[],
): Promise<string | null> {
  if (patterns.length === 0) return null
  try {
    return matchTrace(await gitlab.trace(project, job, { tailBytes: traceTailBytes }), patterns)
  } catch (error) {
    if (isRefusal(error)) return null
    throw error
  }
}
