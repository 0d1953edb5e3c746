import { latestJobs } from '../../ci/statuses.ts'
import type { TestCaseSpec } from '../../specs.ts'
import type { Job, Pipeline } from '../../types.ts'

type Suite = { name: string; jobs: Job[]; cases: TestCaseSpec[] }

/** Parallel jobs (`unit 1/2`) make one suite under their common name. */
const suiteName = (job: Job): string => job.name.replace(/ \d+\/\d+$/, '')

/** Only the latest attempt of each job counts. */
const suitesOf = (pipeline: Pipeline): Suite[] => {
  const suites = new Map<string, Suite>()
  for (const job of latestJobs(pipeline)) {
    if (job.testReport === null) continue
    const name = suiteName(job)
    const suite = suites.get(name) ?? { name, jobs: [], cases: [] }
    suites.set(name, { name, jobs: [...suite.jobs, job], cases: [...suite.cases, ...job.testReport] })
  }
  return [...suites.values()]
}

const secondsPerTest = 0.1

const counts = (cases: TestCaseSpec[]) => {
  const count = (status: TestCaseSpec['status']): number => cases.filter((test) => test.status === status).length
  return {
    total_time: cases.length * secondsPerTest,
    total_count: cases.length,
    success_count: count('success'),
    failed_count: count('failed'),
    skipped_count: count('skipped'),
    error_count: count('error'),
  }
}

const testCase = (test: TestCaseSpec, baseBranch: string) => ({
  status: test.status,
  name: test.name,
  classname: test.classname ?? 'Suite',
  file: test.file ?? null,
  execution_time: secondsPerTest,
  system_output: test.output ?? null,
  stack_trace: null,
  recent_failures: test.recentFailures === undefined ? null : { count: test.recentFailures, base_branch: baseBranch },
})

export const testReportEntity = (pipeline: Pipeline) => {
  const suites = suitesOf(pipeline)
  return {
    ...counts(suites.flatMap((suite) => suite.cases)),
    test_suites: suites.map((suite) => ({
      name: suite.name,
      ...counts(suite.cases),
      suite_error: null,
      test_cases: suite.cases.map((test) => testCase(test, pipeline.project.defaultBranch)),
    })),
  }
}

/** Without the tests themselves, but with the ids of the jobs behind each suite. */
export const testReportSummaryEntity = (pipeline: Pipeline) => {
  const suites = suitesOf(pipeline)
  const all = counts(suites.flatMap((suite) => suite.cases))
  return {
    total: {
      time: all.total_time,
      count: all.total_count,
      success: all.success_count,
      failed: all.failed_count,
      skipped: all.skipped_count,
      error: all.error_count,
      suite_error: null,
    },
    test_suites: suites.map((suite) => ({
      name: suite.name,
      ...counts(suite.cases),
      build_ids: suite.jobs.map((job) => job.id),
      suite_error: null,
    })),
  }
}
