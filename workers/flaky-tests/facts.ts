import type { RetryOptions } from '../../config/schema.ts'
import type { CiStatus } from '../../src/event.ts'
import type { FailedJob } from '../../src/retry.ts'

export type FlakyTestsFacts = {
  options: { retry: RetryOptions }
  project: number
  /** The job that the event named. */
  job: number
  /** The newest attempt of that name; null when GitLab does not list it. */
  latest: (FailedJob & { id: number; status: CiStatus }) | null
}
