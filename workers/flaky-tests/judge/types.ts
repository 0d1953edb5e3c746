import type { FailureKind, Producer, ReportProblem, TestOutcome } from '../../../src/reports/junit/types.ts'

/** One file of a job attempt, as `readJunit` read it. */
export type AttemptReport = {
  path: string
  outcomes: readonly TestOutcome[]
  problems: readonly ReportProblem[]
  producer: Producer | null
}

/** One run of one job: the unit of evidence. */
export type Attempt = {
  pipeline: number
  sha: string
  /** As GitLab names it, with shard and matrix text. */
  job: string
  /** 1 for the first run of the job in its pipeline. */
  attempt: number
  /** GitLab's reason when the attempt failed. */
  failureReason: string | null
  reports: readonly AttemptReport[]
}

/** What a test is known by, from run to run and from report to report. */
export type TestIdentity = {
  /** The job without its shard. */
  job: string
  /** Without `@stress-N` and the folder of the checkout. */
  suite: string
  classname: string
  name: string
  /** Host name, package or file, where only that tells two tests of one report apart; else empty. */
  variant: string
}

export type TestClass = 'passed' | 'flaky' | 'failed' | 'skipped'

/**
 * Where a pass and a failure of one commit met: inside one testcase, in one report, in attempts of one job, in shards
 * of one job, in pipelines of one commit; or what else speaks of retries: a property, bare repeats of pytest's
 * `flaky` plugin, one of the project's own retried-tests reports.
 */
export type Evidence =
  | 'testcase'
  | 'report'
  | 'attempts'
  | 'shards'
  | 'pipelines'
  | 'declared'
  | 'bare_repeats'
  | 'listed'

export type Confidence = 'high' | 'medium' | 'low'

export type Verdict = {
  identity: TestIdentity
  /** The identity as one string, for comparing and storing. */
  key: string
  /** The key of the test in GitLab's API and database; null unless it failed at some time. */
  gitlabKey: string | null
  /** The suites as reported: a stress run has one for each repetition. */
  suites: string[]
  /** null where the reports leave it out. */
  classname: string | null
  file: string | null
  class: TestClass
  /** null unless it failed or failed at times. */
  kind: FailureKind | null
  /** null unless flaky. */
  confidence: Confidence | null
  evidence: Evidence | null
  failedAttempts: number
  /** The producer was told to fail a flaky test, so the job fails by it although it passed. */
  failsJob: boolean
  /** A parent of subtests that is flaky because of this one. */
  foldedInto: string | null
  /** A failure in an attempt in which nearly everything failed was left out of account. */
  incident: boolean
  /** Passed, but an attachment tells of a retry that the report hides. */
  hint: 'retry_attachment' | null
  /** First lines of the earliest failure. */
  message: string | null
  attachment: string | null
}

export type Incident = {
  job: string
  pipeline: number
  sha: string
  attempt: number
  failed: number
  ran: number
  /** How many of the failed ones the next attempt passed. */
  recovered: number
  /** The message that most of the failures share. */
  message: string | null
}

/** A format that shows only final outcomes. */
export type HiddenRetries = { job: string; producer: Producer; advice: string }

/** An attempt that left no report: no evidence either way. */
export type UnseenAttempt = {
  job: string
  pipeline: number
  sha: string
  attempt: number
  failureReason: string | null
}

export type Judgement = {
  /** Sorted by identity. */
  tests: Verdict[]
  /** Suites `@setup-script:` of nextest are no tests and never flaky. */
  setupScripts: Verdict[]
  unnamed: { total: number; failed: number }
  incidents: Incident[]
  hiddenRetries: HiddenRetries[]
  unseen: UnseenAttempt[]
}

export type JudgeOptions = {
  /** Share of its tests, from 0 to 1, that must fail for an attempt to be an incident; default 0.5. */
  massFailure?: number
}
