import type { CiStatus, Pipeline } from '../types.ts'
import { hasWarnings } from './composite-status.ts'
import { jobDuration } from './jobs.ts'
import { latestJobs } from './statuses.ts'

/** Seconds from the first start to the end; null while unfinished. */
export const pipelineDuration = (pipeline: Pipeline): number | null => {
  if (pipeline.finishedAt === null) return null
  const longest = Math.max(0, ...latestJobs(pipeline).map((job) => jobDuration(job) ?? 0))
  return Math.round(longest)
}

export const pipelineQueuedDuration = (pipeline: Pipeline): number | null =>
  pipeline.startedAt === null ? null : Math.round((pipeline.startedAt - pipeline.createdAt) / 1000)

const labels: Partial<Record<CiStatus, string>> = { success: 'passed', manual: 'waiting for manual action' }

/** The label of the badge: `passed with warnings` can be told from `passed` only here. */
export const detailedStatus = (pipeline: Pipeline): string => {
  if (pipeline.status === 'success' && hasWarnings(latestJobs(pipeline))) return 'passed with warnings'
  return labels[pipeline.status] ?? pipeline.status.replaceAll('_', ' ')
}
