import type { CiStatus } from './event.ts'

/** Groups of statuses as GitLab has them (app/models/concerns/ci/has_status.rb). */

const completed: readonly CiStatus[] = ['success', 'failed', 'canceled', 'skipped']
const blocked: readonly CiStatus[] = ['manual', 'scheduled']

/** Ended for good. */
export const isCompleted = (status: CiStatus): boolean => completed.includes(status)

/** Neither ended nor waiting for a person or a date. */
export const isAlive = (status: CiStatus): boolean => !completed.includes(status) && !blocked.includes(status)

/** Alive or scheduled, but not already `canceling`; manual jobs stay as they are when a pipeline is cancelled. */
export const isCancelable = (status: CiStatus): boolean =>
  (isAlive(status) || status === 'scheduled') && status !== 'canceling'
