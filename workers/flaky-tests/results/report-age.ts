import type { Job, TestReport } from '../../../src/gitlab/types.ts'
import { suiteOfJob } from '../../../src/job-name.ts'
import { isCompleted } from '../../../src/status.ts'

/** GitLab answers with the same report for two minutes, also when a job that has ended since has brought another one. */
const cachedMs = 125_000

/**
 * How long GitLab's report of the pipeline may still be one from before this job ended, in milliseconds; 0: it is not.
 * It is kept by the pipeline's time of change, so that of a pipeline that is over is from after its last job.
 */
export function outdatedFor({ finishedAt, pipeline }: Pick<Job, 'finishedAt' | 'pipeline'>, now: number): number {
  if (isCompleted(pipeline.status)) return 0
  return Math.max(Date.parse(finishedAt ?? '') + cachedMs - now, 0) || 0
}

/** Whether the report knows the job at all; what it knows may be that nothing could be read. */
export const knowsJob = ({ suites }: TestReport, { name }: Pick<Job, 'name'>): boolean =>
  suites.some((suite) => suite.name === name || suite.name === suiteOfJob(name))
