import type { CiStatus } from '../../src/event.ts'
import type { Findings } from './findings.ts'
import type { UndercoverageOptions } from './options.ts'

/** A job whose artifacts hold reports: the newest attempt of its name, in the pipeline or a child of it. */
export type CoverageJob = { id: number; name: string; status: CiStatus; url: string; finishedAt: number | null }

export type PipelineFacts = {
  id: number
  sha: string
  ref: string
  status: CiStatus
  url: string
  jobs: CoverageJob[]
  /** Trigger jobs that have not started their pipeline yet, which may bring more coverage jobs. */
  openBridges: string[]
  /** Nothing moves any more, and has not for a while: what was not started by now needs a person. */
  isQuiet: boolean
  /** When it will be, if nothing moves until then, in milliseconds since the epoch; null: something moves, or it is. */
  quietAt: number | null
}

/** A status of ours that is remembered as waiting since then, with what GitLab has under its name; null: nothing. */
export type RememberedStatus = {
  name: string
  pipeline: number
  since: number
  /** Long enough ago for GitLab to show it. */
  isSettled: boolean
  current: CurrentStatus | null
}

/** Our status of that name in the pipeline, as GitLab has it. Times in milliseconds since the epoch. */
export type CurrentStatus = { state: CiStatus; description: string; at: number }

type MergeRequestFacts = {
  iid: number
  url: string
  state: string
  labels: string[]
  /** The newest pipeline of the merge request. */
  headPipeline: number | null
  hasNotes: boolean
}

/**
 * What was read before deciding, from cheap to dear; reading stops as soon as it is clear what follows. What was not
 * read is undefined.
 */
export type UndercoverageFacts = {
  options: UndercoverageOptions
  project: number
  /** `group/project` */
  path: string
  /** Why there is nothing to look at. */
  nothing?: string
  /** A sweep asks: what is as it should be is said again, so that it is remembered as that. */
  isSwept: boolean
  /** Somebody asks to judge again. */
  isForced: boolean
  pipeline?: PipelineFacts
  mergeRequest?: MergeRequestFacts
  /** null: none was set yet. */
  current?: CurrentStatus | null
  /** Why the pipeline does not count any more; null: it does. */
  over?: string | null
  /** The label that spares the merge request, and who set it; null: none. */
  label?: { name: string; by: string | null } | null
  findings?: Findings
  /** Read by sweeps alone. */
  remembered?: RememberedStatus[]
}
