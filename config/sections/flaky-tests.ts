import { z } from 'zod'
import { count, duration, flag, labels, paths, section, text } from './common.ts'

const recovery = section({
  passes: z.int().min(1).default(30).describe('After this many passes in a row'),
  or: duration('14d').describe('Or after this long without a failure'),
})

const issues = section({
  enabled: flag(false).describe('Whether each flaky test gets an issue'),
  project: text
    .nullable()
    .default(null)
    .describe('Path of the project that keeps the issues; null: the one of the test'),
  labels: labels(['flaky-test']).describe('Labels of new issues'),
  close_after: duration('30d').describe('Closed when the test has behaved this long'),
  at_most: count.default(3).describe('New issues for each pipeline'),
})

export const flakyTestsSchema = section({
  junit: paths(['**/junit*.xml', '**/rspec*.xml', '**/TEST-*.xml', 'junit.xml', 'report.xml']).describe(
    "Test reports inside the job's artifacts",
  ),
  retried_reports: paths(['**/retried_tests*.txt', '**/flaky/*report*.json']).describe(
    "The project's own lists of tests that passed only on retry",
  ),
  window: duration('14d').describe('How far back failures count'),
  recovers_after: recovery.prefault({}).describe('When a flaky test counts as healthy again'),
  mass_failure: z
    .number()
    .min(0)
    .max(1)
    .default(0.5)
    .describe('An attempt with 20 failures or more and this share of its tests is an incident, not evidence'),
  skip_label: text
    .default('pipeline:run-flaky-tests')
    .describe('With this label a merge request runs its flaky tests instead of skipping them'),
  note: flag(true).describe('Whether the merge request is told which failures are real'),
  issues: issues.prefault({}).describe('An issue for each flaky test'),
})

export type FlakyTestsOptions = z.output<typeof flakyTestsSchema>
