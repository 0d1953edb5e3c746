import { fieldsOf, list, nested, number, text } from './fields.ts'
import type { TestCase, TestReport, TestSuite } from './types.ts'

const statuses: ReadonlySet<string> = new Set<TestCase['status']>(['success', 'failed', 'error', 'skipped'])
const isStatus = (value: unknown): value is TestCase['status'] => typeof value === 'string' && statuses.has(value)

/** GitLab gives the text of a failure, or an object, as the parser of the JUnit file left it. */
const outputOf = (output: unknown): string | null => {
  if (output === undefined || output === null || output === '') return null
  return typeof output === 'string' ? output : JSON.stringify(output)
}

const parseCase = (value: unknown): TestCase => {
  const fields = fieldsOf(value)
  return {
    // A status of a newer version is no success: it is shown, not passed over.
    status: isStatus(fields.status) ? fields.status : 'error',
    name: text(fields, 'name') ?? '',
    classname: text(fields, 'classname') ?? '',
    file: text(fields, 'file'),
    output: outputOf(fields.system_output) ?? outputOf(fields.stack_trace),
    recentFailures: number(nested(fields, 'recent_failures', fieldsOf) ?? {}, 'count'),
  }
}

const parseSuite = (value: unknown): TestSuite => {
  const fields = fieldsOf(value)
  return {
    name: text(fields, 'name') ?? '',
    error: text(fields, 'suite_error'),
    cases: list(fields, 'test_cases', parseCase),
  }
}

/** `GET …/test_report`. */
export const parseTestReport = (value: unknown): TestReport => ({
  suites: list(fieldsOf(value), 'test_suites', parseSuite),
})
