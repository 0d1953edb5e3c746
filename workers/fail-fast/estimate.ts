import type { Job } from '../../src/gitlab/types.ts'

/**
 * What the jobs that are left would still have taken, in seconds.
 *
 * @param typical seconds by job name
 * @returns null when nothing is known about any of them
 */
export function savedSeconds(left: readonly Job[], typical: ReadonlyMap<string, number>, now: number): number | null {
  const known = left.filter(({ name }) => typical.has(name))
  if (known.length === 0) return null
  const rest = known.map((job) => Math.max(0, (typical.get(job.name) ?? 0) - elapsedSeconds(job, now)))
  return Math.round(rest.reduce((sum, seconds) => sum + seconds, 0))
}

function elapsedSeconds({ startedAt }: Job, now: number): number {
  const start = startedAt ? Date.parse(startedAt) : Number.NaN
  return Number.isNaN(start) ? 0 : Math.max(0, (now - start) / 1000)
}
