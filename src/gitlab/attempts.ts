import type { Job } from './types.ts'

/** REST does not mark attempts that were retried: of equal names the highest id is the one that counts. */
export function latestAttempts(jobs: readonly Job[]): Job[] {
  const latest = new Map<string, Job>()
  for (const job of jobs) {
    const known = latest.get(job.name)
    if (!known || known.id < job.id) latest.set(job.name, job)
  }
  return [...latest.values()].sort((left, right) => left.id - right.id)
}
