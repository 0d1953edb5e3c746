import type { JobEvent, PipelineEvent } from '../../../src/event.ts'
import { latestAttempts } from '../../../src/gitlab/attempts.ts'
import type { Job } from '../../../src/gitlab/types.ts'
import { suiteOfJob } from '../../../src/job-name.ts'
import { isAlive, isCompleted } from '../../../src/status.ts'

/** A job with its place among those of its name in the pipeline. */
export type NumberedJob = { job: Job; attempt: number; isLatest: boolean }

/** All attempts of a pipeline, each name counted from 1 in the order in which they were made. */
export function numbered(all: readonly Job[]): NumberedJob[] {
  const latest = new Set(latestAttempts(all).map(({ id }) => id))
  const counts = new Map<string, number>()
  return [...all]
    .sort((one, other) => one.id - other.id)
    .map((job) => {
      const attempt = (counts.get(job.name) ?? 0) + 1
      counts.set(job.name, attempt)
      return { job, attempt, isLatest: latest.has(job.id) }
    })
}

/**
 * Whether GitLab, which reads from replicas, shows an older state than the one it told of: what has ended never runs
 * again, for another try is another job.
 */
export function isBehind(event: JobEvent | PipelineEvent, all: readonly NumberedJob[]): boolean {
  if (event.kind === 'pipeline') {
    const isAgain = all.some(({ job }) => job.id > (event.newestJob ?? 0))
    return !isAgain && all.some(({ job }) => isAlive(job.pipeline.status))
  }
  const own = all.find(({ job }) => job.id === event.job)
  return own === undefined || !isCompleted(own.job.status)
}

export const hasEnded = ({ job: { status } }: NumberedJob): boolean => status === 'success' || status === 'failed'

/** Of what ended, that which tells of failures: all attempts of jobs of which one failed, with all of their shards. */
export function ofFailedJobs(attempts: readonly NumberedJob[]): NumberedJob[] {
  const failed = new Set(attempts.filter(({ job }) => job.status === 'failed').map(({ job }) => suiteOfJob(job.name)))
  return attempts.filter((attempt) => hasEnded(attempt) && failed.has(suiteOfJob(attempt.job.name)))
}

/**
 * Of parallel jobs the one that answers for GitLab's united report: a failed one if there is any. Attempts before the
 * latest are not in that report.
 */
export function answersForReport({ job, isLatest }: NumberedJob, attempts: readonly NumberedJob[]): boolean {
  if (!isLatest) return false
  const siblings = attempts.filter((other) => other.isLatest && suiteOfJob(other.job.name) === suiteOfJob(job.name))
  const failed = siblings.filter((other) => other.job.status === 'failed')
  const [first] = failed.length > 0 ? failed : siblings
  return first?.job.id === job.id
}
