/** What is remembered of the tests of a project. */

/** Worst first: a broken test is never retried or skipped, whatever else is known of it. */
export type TestState = 'broken' | 'flaky' | 'suspected' | 'healthy'

/** What a test is known by; the strings that its id is a hash of. */
export type TestName = { job: string; suite: string; classname: string; name: string; variant: string }

/** Where a verdict comes from: a merge request by its iid, the default branch, or any other ref. */
export type Origin = number | 'default' | 'other'

/** A pipeline in which a test failed for good, or failed and passed on one commit. */
export type TestEvent = {
  pipeline: number
  verdict: 'failed' | 'flaky'
  /** Seconds since the epoch, as everything here that has to be small. */
  at: number
  origin: Origin
  /** The CI job that shows it; 0: not known. */
  job: number
}

/** The history of one test that has failed: nothing is kept of tests that always pass. */
export type TestRecord = {
  /** It was seen to be flaky and has not recovered since. */
  flaky: boolean
  firstSeen: number
  /** Passes in a row since the last event, and the newest pipeline that counts among them. */
  passes: number
  passedIn: number
  /** The newest pipeline of the default branch in which it did not fail. */
  defaultPass: number
  /** The commit of its newest failure on the default branch; empty: none since it passed there. */
  failingCommit: string
  /** Ends of failure spells on the default branch that no commit to the test's file explains. */
  spells: number[]
  /** First line of its last failure. */
  message: string
  /** By pipeline, oldest first; the newest `eventsKept`, and failures before them that make it broken. */
  events: TestEvent[]
}

/** How long events count, and when a flaky test is healthy again; milliseconds. */
export type Hysteresis = { window: number; passes: number; quiet: number }

export const eventsKept = 50
