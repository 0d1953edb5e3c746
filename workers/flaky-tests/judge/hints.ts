import type { Producer } from '../../../src/reports/junit/types.ts'
import { jobIdentity } from './identity.ts'
import { compareText } from './order.ts'
import type { Attempt, AttemptReport, HiddenRetries } from './types.ts'

/** What makes retries visible, for each producer that hides them by default. */
const advice: Record<Producer, string> = {
  pytest: 'pytest-rerunfailures leaves no trace; `record_property("attempts", n)` in a hook does',
  rspec: 'rspec-retry leaves no trace; keep a retried-tests report beside the JUnit file',
  jest: 'jest-junit tells with `testCasePropertiesFile` that exports `invocations`',
  vitest: "vitest's junit reporter has no option for it; retry the job instead of the test",
  mocha: 'mocha-junit-reporter has no option for it; retry the job instead of the test',
  playwright: "Playwright tells with `['junit', { includeRetries: true }]`",
}

const showsRetries = ({ outcomes }: AttemptReport): boolean =>
  outcomes.some(
    ({ flakyAttempts, rerunAttempts, declaredAttempts }) =>
      flakyAttempts > 0 || rerunAttempts > 0 || declaredAttempts !== null,
  )

/** Once for each job and producer whose reports show only final outcomes. */
export const findHiddenRetries = (attempts: readonly Attempt[]): HiddenRetries[] => {
  const hidden = new Map<string, HiddenRetries>()
  const shown = new Set<string>()
  for (const { job: name, reports } of attempts) {
    for (const report of reports) {
      if (report.producer === null) continue
      const job = jobIdentity(name)
      const key = JSON.stringify([job, report.producer])
      if (showsRetries(report)) shown.add(key)
      else hidden.set(key, { job, producer: report.producer, advice: advice[report.producer] })
    }
  }
  return [...hidden]
    .filter(([key]) => !shown.has(key))
    .sort(([left], [right]) => compareText(left, right))
    .map(([, hint]) => hint)
}
