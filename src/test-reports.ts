import type { TestCase, TestReport } from './gitlab/types.ts'
import { suiteOfJob } from './job-name.ts'
import type { TestOutcome } from './reports/junit/types.ts'

const messageChars = 1_000

/**
 * What GitLab's own test report of a pipeline tells of a job, in the shape of a JUnit report. It knows the latest
 * attempts only, and unites parallel jobs.
 *
 * @returns null when the report has nothing of the job
 */
export function outcomesOfJob({ suites }: TestReport, jobName: string): TestOutcome[] | null {
  const ofJob = suites.filter(({ name }) => name === jobName || name === suiteOfJob(jobName))
  const cases = ofJob.flatMap((suite) => suite.cases)
  return cases.length === 0 ? null : cases.map(outcomeOf)
}

const statuses = { success: 'passed', failed: 'failed', error: 'failed', skipped: 'skipped' } as const

const outcomeOf = ({ status, name, classname, file, output }: TestCase, position: number): TestOutcome => ({
  suite: null,
  classname: classname || null,
  name,
  file,
  status: statuses[status],
  kind: status === 'failed' ? 'failure' : status === 'error' ? 'error' : null,
  flakyAttempts: 0,
  rerunAttempts: 0,
  declaredAttempts: null,
  message: status === 'failed' || status === 'error' ? (output ?? '').trimStart().slice(0, messageChars) : null,
  seconds: null,
  attachment: null,
  retryAttachment: false,
  hostname: null,
  package: null,
  position,
})
