import type { TestOutcome } from '../../../src/reports/junit/types.ts'
import type { Run } from './group.ts'
import { compareRuns, groupBy } from './order.ts'

/** What one report tells of one test. */
export type Seen = {
  runs: readonly Run[]
  passed: boolean
  failed: boolean
  failedAttempts: number
  /** Failed attempts and a pass inside one testcase. */
  insideTestcase: boolean
  failsJob: boolean
  declaredAttempts: number
  bareRepeats: boolean
}

const isInside = ({ status, flakyAttempts, rerunAttempts }: TestOutcome): boolean =>
  flakyAttempts > 0 || (status === 'passed' && rerunAttempts > 0)

const isBarePass = (outcome: TestOutcome): boolean => outcome.status === 'passed' && !isInside(outcome)

/** With `flakyFailure` children the `failure` only says that the job shall fail. */
const failedAttemptsOf = ({ status, flakyAttempts, rerunAttempts }: TestOutcome): number =>
  flakyAttempts + rerunAttempts + (status === 'failed' && flakyAttempts === 0 ? 1 : 0)

/** pytest writes a failure and the error of the teardown that followed as two testcases of one run. */
const isTeardown = (outcome: TestOutcome, before: TestOutcome | undefined): boolean =>
  outcome.suite === 'pytest' && outcome.kind === 'error' && before?.kind === 'failure'

const nothingSeen = (runs: readonly Run[]): Seen => ({
  runs,
  passed: false,
  failed: false,
  failedAttempts: 0,
  insideTestcase: false,
  failsJob: false,
  declaredAttempts: 0,
  bareRepeats: false,
})

const plainly = (runs: readonly Run[]): Seen => {
  const seen = nothingSeen(runs)
  let before: TestOutcome | undefined
  for (const { outcome } of runs) {
    const { status, flakyAttempts, declaredAttempts } = outcome
    seen.passed ||= status === 'passed' || isInside(outcome)
    seen.failed ||= status === 'failed'
    seen.insideTestcase ||= isInside(outcome)
    seen.failsJob ||= status === 'failed' && flakyAttempts > 0
    seen.declaredAttempts = Math.max(seen.declaredAttempts, declaredAttempts ?? 0)
    if (!isTeardown(outcome, before)) seen.failedAttempts += failedAttemptsOf(outcome)
    before = outcome
  }
  return seen
}

/**
 * pytest's `flaky` plugin writes failed attempts before the last as testcases without any child:
 * what always fails reads pass, pass, fail.
 */
const asPytest = (runs: readonly Run[]): Seen => {
  const seen = plainly(runs)
  const ran = runs.map(({ outcome }) => outcome).filter(({ status }) => status !== 'skipped')
  const last = ran.at(-1)
  if (!last || ran.length < 2 || !ran.slice(0, -1).every(isBarePass)) return seen
  if (last.status === 'failed') return { ...seen, passed: false, failedAttempts: ran.length }
  return isBarePass(last) ? { ...seen, bareRepeats: true, failedAttempts: ran.length - 1 } : seen
}

const readReport = (runs: Run[]): Seen => {
  if (runs.length > 1) runs.sort(compareRuns)
  return runs[0]?.outcome.suite === 'pytest' ? asPytest(runs) : plainly(runs)
}

/** The runs of one test, report by report. */
export const seenIn = (runs: readonly Run[]): Seen[] => {
  const [only] = runs
  if (only && runs.length === 1) return [readReport([only])]
  return [...groupBy(runs, ({ report }) => report).values()].map(readReport)
}
