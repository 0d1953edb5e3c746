import type { ReportProblemKind } from '../../../src/reports/junit/types.ts'
import type { RetriedTest } from '../../../src/reports/retried-tests/types.ts'
import type {
  AttemptReport,
  Confidence,
  Evidence,
  HiddenRetries,
  Incident,
  TestClass,
  TestIdentity,
} from '../judge/types.ts'

/** What one attempt of a job left, as it is packed for keeping. */
export type AttemptResults = { reports: AttemptReport[]; retried: RetriedTest[] }

/** A report that could not be read, or not whole. */
export type UnreadReport = { path: string; kind: ReportProblemKind; detail: string }

/** `AttemptResults`, deflated, with what is worth knowing without unpacking it. */
export type Packed = {
  bytes: Uint8Array
  tests: number
  failed: number
  problems: UnreadReport[]
}

export type FileKind = 'junit' | 'retried'

/** An attempt to be judged; `bytes` null: it left nothing. */
export type PackedAttempt = {
  pipeline: number
  sha: string
  job: string
  /** The CI job's id. */
  id: number
  attempt: number
  failureReason: string | null
  bytes: Uint8Array | null
}

export type JudgeTask = {
  attempts: PackedAttempt[]
  massFailure: number
  /** Ids of tests of which a pass is news. */
  watched: string[]
}

export type JudgedTest = {
  id: string
  identity: TestIdentity
  file: string | null
  class: Extract<TestClass, 'failed' | 'flaky'>
  evidence: Evidence | null
  confidence: Confidence | null
  failedAttempts: number
  failsJob: boolean
  message: string
  /** The CI job in which it failed last; 0: not known. */
  job: number
  /** It failed with nearly everything else, which says nothing about the test. */
  mass: boolean
}

export type Judged = {
  counts: Record<TestClass, number>
  /** Sorted by identity, at most `testsJudged` each. */
  failed: JudgedTest[]
  flaky: JudgedTest[]
  /** Watched tests that passed. */
  passed: string[]
  /** Jobs, without shards, that left results. */
  jobs: string[]
  incidents: Incident[]
  hiddenRetries: HiddenRetries[]
  /** Failed testcases without a name, which cannot be tracked. */
  unnamedFailures: number
  /** Listed as retried by the project itself, and in no report. */
  listedOnly: string[]
}

/** What more failed than this is told by its number: nobody reads on, and nothing is learned from it. */
export const testsJudged = 200
