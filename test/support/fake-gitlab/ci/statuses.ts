import type { CiStatus, Job, Pipeline } from '../types.ts'

/** Groups of statuses (gitlab: app/models/concerns/ci/has_status.rb). */
export const allStatuses = [
  'created',
  'waiting_for_resource',
  'preparing',
  'waiting_for_callback',
  'pending',
  'running',
  'success',
  'failed',
  'canceling',
  'canceled',
  'skipped',
  'manual',
  'scheduled',
] as const satisfies readonly CiStatus[]

const completed: readonly CiStatus[] = ['success', 'failed', 'canceled', 'skipped']

export const isCompleted = (status: CiStatus): boolean => completed.includes(status)

/** Manual jobs are not cancelable, nor are those that are already `canceling`. */
export const isCancelable = (status: CiStatus): boolean =>
  !isCompleted(status) && status !== 'manual' && status !== 'canceling'

/** The newest attempt of each job: what counts for the status. */
export const latestJobs = (pipeline: Pipeline): Job[] => pipeline.jobs.filter((job) => !job.retried)
