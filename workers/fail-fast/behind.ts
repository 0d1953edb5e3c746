import type { JobEvent } from '../../src/event.ts'
import type { Job } from '../../src/gitlab/types.ts'
import { isCompleted } from '../../src/status.ts'

/** What has ended never runs again: another try is another job. */
export function isBehind(latest: readonly Job[], event: JobEvent): boolean {
  const job = latest.find(({ name }) => name === event.name)
  if (!job || job.id < event.job) return true
  return job.id === event.job && !isCompleted(job.status)
}
