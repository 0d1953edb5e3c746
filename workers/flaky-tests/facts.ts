import type { CiStatus } from '../../src/event.ts'
import type { FailedJob, FailedTest } from '../../src/retry.ts'
import type { Origin, TestState } from '../../src/store/tests/types.ts'
import type { FlakyTestsReactionOptions } from './options.ts'
import type { ResultProblem } from './results/read-job.ts'
import type { Judged } from './results/types.ts'

export type FlakyTestsFacts = {
  options: FlakyTestsReactionOptions
  project: number
  path: string
  /** Seconds since the epoch. */
  now: number
  pipeline: { id: number; status: CiStatus; sha: string; url: string; origin: Origin }
  /** Set when a job ended: may it be retried? null: a pipeline ended. */
  attempt: AttemptFacts | null
  /** Whether jobs of the pipeline were cancelled, so that nobody waits for it any more. */
  stopped: boolean
  /** null: no merge request, or it could not be read. */
  mergeRequest: { iid: number; headPipeline: number | null; hasNotes: boolean } | null
  /** Another job that failed later, or another reaction, whose turn it is to report; null: it is ours. */
  reportedBy: string | null
  /** null: there was nothing to judge. */
  judged: Judged | null
  /** What is known of the failed and flaky tests from before this pipeline, by id. */
  history: { [id: string]: TestHistory }
  /** Of watched tests that passed on the default branch: whether a commit explains that; null: not known. */
  explained: { [id: string]: boolean | null }
  retried: RetriedJob[]
  unread: UnreadJob[]
  /** Jobs whose results came from GitLab's own report, which hides the attempts before a retry. */
  latestOnly: string[]
  /** Retries that GitLab refused, by the name of the job. */
  refused: { job: string; because: string }[]
  /** Signatures of the failures before each retry, and what came of it. */
  retries: { signature: string; job: number; passed: boolean }[]
  /** null: no issues are kept; `refused`: why they cannot be. */
  issues: IssueFacts | { refused: string } | null
}

/** The attempt that the event named. */
export type AttemptFacts = {
  job: number
  /** The newest attempt of that name; null when GitLab does not list it. */
  latest: (FailedJob & { id: number; status: CiStatus; url: string }) | null
  /** What failed in it; undefined: not read, null: nothing tells. */
  tests?: FailedTest[] | null
}

export type TestHistory = {
  state: TestState
  /** Pipelines of the window in which it failed, flaky ones included, and in which its job ran. */
  failures: number
  runs: number
  last: Origin | null
  /** It was flaky before, outside of this merge request. */
  knownFlaky: boolean
}

/** A job that failed and was started again. */
export type RetriedJob = { name: string; url: string; failureReason: string | null; status: CiStatus; attempts: number }

export type UnreadJob = { name: string; url: string; problems: ResultProblem[] }

export type IssueFacts = {
  /** Where issues are kept. */
  project: number
  /** Markers of the bot's issues there, and their state. */
  known: { marker: string; state: string }[]
  /** Owners of files by path, as CODEOWNERS names them. */
  owners: { [file: string]: string[] }
}
