/** What a test report tells, in our own words; the dialects stay in this folder. */

type TestStatus = 'passed' | 'failed' | 'skipped'
export type FailureKind = 'failure' | 'error'

/** One `<testcase>`: one run of a test, or one test with the attempts that its producer writes inside. */
export type TestOutcome = {
  /** Name of the nearest suite as written; null when it has none, which stands for the job's own suite name. */
  suite: string | null
  classname: string | null
  /** null: the testcase cannot be told from others, so it is counted and never tracked. */
  name: string | null
  file: string | null
  status: TestStatus
  /** null unless the status is `failed`. */
  kind: FailureKind | null
  /** `flakyFailure` and `flakyError` children: failed attempts of a test that did pass. */
  flakyAttempts: number
  /** `rerunFailure` and `rerunError` children: failed attempts after the first failed one. */
  rerunAttempts: number
  /** A property of invocations, attempts or retries; null when there is none. */
  declaredAttempts: number | null
  /** First lines of the first failure. */
  message: string | null
  seconds: number | null
  /** First `[[ATTACHMENT|path]]` of the output of a failed test. */
  attachment: string | null
  /** An attachment lies in a `…-retry1/` folder, which is all that Playwright's default report tells of a retry. */
  retryAttachment: boolean
  hostname: string | null
  package: string | null
  /** Counts the testcases of the file from 0. */
  position: number
}

export type ReportProblemKind =
  | 'empty'
  | 'not-junit'
  | 'unparseable'
  /** Not well-formed, and read nevertheless. */
  | 'repaired'
  /** Tests that were not seen are unknown, not passed. */
  | 'truncated'
  | 'too_large'

export type ReportProblem = { kind: ReportProblemKind; detail: string }

/** Producers whose default report shows only the final outcome of a test that was retried. */
export type Producer = 'pytest' | 'rspec' | 'jest' | 'vitest' | 'mocha' | 'playwright'

export type JunitReport = {
  outcomes: TestOutcome[]
  problems: ReportProblem[]
  producer: Producer | null
}
