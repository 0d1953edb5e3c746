import type { FlakyTestsOptions } from '../config/schema.ts'
import type { ResultReader } from '../workers/flaky-tests/results/reader.ts'
import type { CoverageWork } from '../workers/undercoverage/reports/types.ts'
import type { GitLabReader } from './gitlab/faces.ts'
import type { Job } from './gitlab/types.ts'
import type { MemoryReader } from './memory.ts'
import type { ArtifactReader } from './reports/artifacts/reader.ts'
import type { DecisionFilter, SavedDecision } from './store/decisions.ts'
import type { TestMemoryReader } from './store/tests/read.ts'
import type { WaitingReader } from './store/waiting-statuses.ts'

/** Everything a reaction may read from. */
export type Readers = {
  gitlab: GitLabReader
  tests: TestReader
  /** What attempts of jobs left of their tests. */
  results: ResultReader
  /** The past of tests and of retries. */
  history: TestMemoryReader
  durations: DurationReader
  memory: MemoryReader
  decisions: DecisionReader
  artifacts: ArtifactReader
  /** Reads coverage reports, and judges by them. */
  coverage: CoverageWork
  waiting: WaitingReader
  /** Projects about whose tests issues are kept. */
  issueProjects(): Promise<{ id: number; path: string }[]>
  /** Milliseconds since the epoch: time is a fact, so that `decide` stays pure. */
  now(): number
}

export type TestReader = {
  /** What failed in an attempt of a job that has ended; null: nothing tells. */
  failedIn(
    job: Job,
    options: FlakyTestsOptions,
    /** Among those of its name in the pipeline, counted from 1, for GitLab's own report tells of the latest alone. */
    place?: { attempt: number; isLatest: boolean },
  ): Promise<{ name: string; message: string; knownFlaky: boolean }[] | null>
}

export type DurationReader = {
  /** Median seconds of recent successes by job name. */
  typical(project: number): Promise<ReadonlyMap<string, number>>
}

type DecisionReader = {
  /** What was decided about a merge request, newest first. */
  ofMergeRequest(project: number, mergeRequest: number, limit: number): Promise<SavedDecision[]>
  find(filter: DecisionFilter): Promise<SavedDecision[]>
}
