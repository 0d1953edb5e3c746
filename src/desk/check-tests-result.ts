import { compareText } from '../../workers/flaky-tests/judge/order.ts'
import type { Confidence, Evidence, Judgement, TestClass, Verdict } from '../../workers/flaky-tests/judge/types.ts'
import type { ReportProblemKind } from '../reports/junit/types.ts'

/** A report that could not be read, or not whole. */
export type FileProblem = { file: string; problem: ReportProblemKind | 'missing' | 'unreadable'; detail: string }

export type TestRow = {
  suite: string
  classname: string | null
  name: string
  class: TestClass
  kind?: 'failure' | 'error'
  failed_attempts?: number
  fails_job?: true
  confidence?: Confidence
  evidence?: Evidence
  /** The flaky subtest that makes this parent flaky. */
  because?: string
  /** Failed in an attempt in which nearly everything did. */
  incident?: true
  hint?: 'retry_attachment'
  setup_script?: true
  job: string
  file?: string
  message?: string
  attachment?: string
}

export type CheckTestsJson = {
  counts: Record<TestClass, number> & { unnamed: number }
  tests: TestRow[]
  report_problems: FileProblem[]
  incidents: Judgement['incidents']
  hidden_retries: Judgement['hiddenRetries']
  unseen: Judgement['unseen']
}

const rowOf = (verdict: Verdict, suite: string): TestRow => ({
  suite,
  classname: verdict.classname,
  name: verdict.identity.name,
  class: verdict.class,
  ...(verdict.kind && { kind: verdict.kind }),
  ...(verdict.failedAttempts > 0 && { failed_attempts: verdict.failedAttempts }),
  ...(verdict.failsJob && { fails_job: true }),
  ...(verdict.confidence && { confidence: verdict.confidence }),
  ...(verdict.evidence && { evidence: verdict.evidence }),
  ...(verdict.foldedInto && { because: verdict.foldedInto }),
  ...(verdict.incident && { incident: true }),
  ...(verdict.hint && { hint: verdict.hint }),
  job: verdict.identity.job,
  ...(verdict.file && { file: verdict.file }),
  ...(verdict.message && { message: verdict.message }),
  ...(verdict.attachment && { attachment: verdict.attachment }),
})

/** A row for each suite that reports the test: a stress run repeats it under several names. */
const rowsOf = (verdict: Verdict): TestRow[] => verdict.suites.map((suite) => rowOf(verdict, suite))

const count = (rows: readonly TestRow[], wanted: TestClass): number => rows.filter((row) => row.class === wanted).length

const sortKey = ({ file, problem }: FileProblem): string => JSON.stringify([file, problem])

export const toJson = (judgement: Judgement, problems: FileProblem[]): CheckTestsJson => {
  const setups = judgement.setupScripts.flatMap(rowsOf).map((row) => ({ ...row, setup_script: true as const }))
  const tests = [...judgement.tests.flatMap(rowsOf), ...setups]
  return {
    counts: {
      passed: count(tests, 'passed'),
      flaky: count(tests, 'flaky'),
      failed: count(tests, 'failed'),
      skipped: count(tests, 'skipped'),
      unnamed: judgement.unnamed.total,
    },
    tests,
    report_problems: [...problems].sort((left, right) => compareText(sortKey(left), sortKey(right))),
    incidents: judgement.incidents,
    hidden_retries: judgement.hiddenRetries,
    unseen: judgement.unseen,
  }
}
