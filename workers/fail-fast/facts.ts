import type { Traits } from '../../src/conditions.ts'
import type { CiStatus } from '../../src/event.ts'
import type { FailFastOptions } from './options.ts'

/**
 * What was read before deciding. It is read in three steps, from cheap to dear, and reading stops at the first thing
 * that speaks against stopping the pipeline: what was not read is undefined.
 */
export type FailFastFacts = {
  options: FailFastOptions
  project: number
  /** The job that the event named. */
  job: number
  /** The newest attempt of that name; null when GitLab does not list it. */
  latest: {
    id: number
    name: string
    status: CiStatus
    allowFailure: boolean
    failureReason: string | null
    url: string
    attempts: number
    tracePattern: string | null
    /** Retries of this kind of failure that were tried in vain; 0: they may help. */
    helpless?: number
  } | null
  pipeline: { id: number; status: CiStatus; sha: string; ref: string; url: string }
  /** Jobs that a cancel would stop, once `downstream` is read those of child pipelines too; the first ten by name. */
  left: { count: number; names: string[] }
  /** Jobs that must not be interrupted, and run, wait or have succeeded. */
  neverInterrupt: string[]
  /** null: no merge request; undefined: not read. */
  mergeRequest?: {
    iid: number
    labels: string[]
    /** Head of the source branch; null: GitLab does not tell. */
    sha: string | null
    /** The newest pipeline of the merge request. */
    headPipeline: number | null
    hasNotes: boolean
  } | null
  traits?: Traits
  /** Running jobs that deploy. */
  deploying?: { job: string; environment: string }[]
  /** Pipelines in other projects that this one started and that are still alive. */
  downstream?: { project: number; pipeline: number; url: string }[]
  /** Those of them that must not be stopped, and why. */
  spared?: { project: number; pipeline: number; url: string; because: string }[]
  /** null: GitLab has no test report of the job. */
  failedTests?: FailedTest[] | null
  /** Estimated from how long jobs of these names usually take; null: nothing is known about any of them. */
  savedSeconds?: number | null
}

export type FailedTest = { name: string; message: string; knownFlaky: boolean }
