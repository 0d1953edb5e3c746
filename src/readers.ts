import type { GitLabReader } from './gitlab/types.ts'
import type { MemoryReader } from './memory.ts'
import type { ArtifactReader } from './reports/artifacts/reader.ts'
import type { SavedDecision } from './store/decisions.ts'
import type { WaitingReader } from './store/waiting-statuses.ts'

/** Everything a reaction may read from. */
export type Readers = {
  gitlab: GitLabReader
  tests: TestReader
  durations: DurationReader
  memory: MemoryReader
  decisions: DecisionReader
  artifacts: ArtifactReader
  waiting: WaitingReader
  /** Milliseconds since the epoch: time is a fact, so that `decide` stays pure. */
  now(): number
}

export type TestReader = {
  /** What failed in the latest attempt of a job; null: the pipeline has no test report of it. */
  failedIn(
    project: number,
    pipeline: number,
    jobName: string,
  ): Promise<{ name: string; message: string; knownFlaky: boolean }[] | null>
}

export type DurationReader = {
  /** Median seconds of recent successes by job name. */
  typical(project: number): Promise<ReadonlyMap<string, number>>
}

export type DecisionReader = {
  /** What was decided about a merge request, newest first. */
  ofMergeRequest(project: number, mergeRequest: number, limit: number): Promise<SavedDecision[]>
}
