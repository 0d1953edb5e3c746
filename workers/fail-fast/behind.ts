import { NotYetError } from '../../src/errors.ts'
import type { JobEvent } from '../../src/event.ts'
import type { Job } from '../../src/gitlab/types.ts'
import { isCompleted } from '../../src/status.ts'

/** GitLab reads from replicas, which show an older state for a while. */
const replicaLagMs = 30_000
const lookAgainMs = 2_000

/** What has ended never runs again: another try is another job. */
export function isBehind(latest: readonly Job[], event: JobEvent): boolean {
  const job = latest.find(({ name }) => name === event.name)
  if (!job || job.id < event.job) return true
  return job.id === event.job && !isCompleted(job.status)
}

/** @throws NotYetError while the event is so young that GitLab may soon show what it told of */
export function awaitReplica(at: number, now: number, what: string): void {
  if (now - at < replicaLagMs) throw new NotYetError(`GitLab does not show yet that ${what}`, lookAgainMs)
}
