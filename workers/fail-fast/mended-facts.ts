import type { CiStatus } from '../../src/event.ts'
import type { FailFastOptions } from './options.ts'

/** What was read after something passed: whether a pipeline that was stopped before is made good by it. */
export type MendedFacts = {
  options: FailFastOptions
  project: number
  mergeRequest: number | null
  /** What was stopped last, as far as the bot has said it and did not take it back. */
  stopped: { pipeline: number; url: string; job: string; sha: string } | null
  /** The job, or the whole pipeline, that is said to have passed; undefined: not read. */
  passed?: { what: 'job' | 'pipeline'; name: string; status: CiStatus; url: string; pipeline: number } | undefined
  /** Fail-fast jobs of the same pipeline that are still failed. */
  failing?: string[]
  /** Whether our commit status still makes the stopped pipeline look failed. */
  isMarked?: boolean
}
