import type { ProjectConfig } from '../../config/schema.ts'
import type { CiStatus } from '../../src/event.ts'

/** One thing that a label, an approval or a command asks for, as the configuration has it. */
export type Step = ProjectConfig['approvals']['do'][number]

/** What steps depend on in the configuration. */
export type StepOptions = Pick<ProjectConfig, 'failFast' | 'retry' | 'undercoverage'>

/** A pipeline of the merge request's newest commit. */
export type HeadPipeline = {
  id: number
  status: CiStatus
  url: string
  /** false: of the branch, so that it knows nothing of the merge request and its labels. */
  ofMergeRequest: boolean
  /**
   * Why nothing in it is started or stopped for those who ask: "runs in the fork"; null: nothing is known that speaks
   * against it. Whether a branch is protected is read only where jobs of its pipeline may be asked for.
   */
  outOfReach: string | null
  /** Milliseconds since the epoch; null: not told. */
  createdAt: number | null
  /** Why it must not be stopped when a newer one takes its place; null: nothing speaks against that. */
  mustRun: string | null
}

type StepJob = { id: number; name: string; status: CiStatus }

/** Where a `trigger` starts a pipeline. */
export type Target =
  | { path: string; project: number; ref: string; variables: Record<string, string>; newest: number }
  | { path: string; problem: string }

/** What was read for the steps; what none of them asks for is empty. */
export type StepFacts = {
  project: number
  mergeRequest: number
  /** null: the merge request has no commits. */
  sha: string | null
  /** The highest id among all pipelines of the merge request; 0: it has none. */
  newestPipeline: number
  /** Newest first. */
  pipelines: HeadPipeline[]
  /** Latest attempts in the pipeline whose jobs are retried and played. */
  jobs: StepJob[]
  /** One for each `trigger` among the steps, in their order. */
  targets: Target[]
  /** Pipelines that the bot started for this merge request in the last hour. */
  startedLately: number
}
