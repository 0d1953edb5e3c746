import { describe, expect, it } from 'vitest'
import type { RetryOptions } from '../../config/schema.ts'
import { type FailedJob, mayBeRetried, reasonToRetry } from '../../src/retry.ts'
import { configOf } from '../support/builders.ts'

const retry = (yaml = ''): RetryOptions => configOf(yaml).retry
const job = (change: Partial<FailedJob> = {}): FailedJob => ({
  name: 'rspec 1/8',
  failureReason: 'script_failure',
  attempts: 1,
  tracePattern: null,
  ...change,
})

describe('a failed job gets another try', () => {
  const reasons = [
    'unknown_failure',
    'api_failure',
    'runner_system_failure',
    'stuck_or_timeout_failure',
    'scheduler_failure',
    'data_integrity_failure',
    'no_updates_running',
    'no_updates_canceling',
    'stuck_pending_with_matching_runners',
    'stuck_pending_no_matching_runners',
    'runner_interrupted',
  ]

  it.each(reasons)('for the reason %s', (failureReason) => {
    expect(reasonToRetry(job({ failureReason }), retry())).toBe(`its failure reason is ${failureReason}`)
  })

  it.each([
    'script_failure',
    'missing_dependency_failure',
    'job_execution_timeout',
    'ci_quota_exceeded',
    'runner_configuration_error',
    'data_integrity_failure_of_another_kind',
    null,
  ])('not for the reason %s', (failureReason) => {
    expect(reasonToRetry(job({ failureReason }), retry())).toBeNull()
  })

  it.each([
    {
      when: 'its trace shows a pattern',
      the: { tracePattern: 'registry down' },
      yaml: '',
      because: 'its trace shows "registry down"',
    },
    {
      when: 'it failed for both, and names the reason that GitLab gave',
      the: { failureReason: 'api_failure', tracePattern: 'registry down' },
      yaml: '',
      because: 'its failure reason is api_failure',
    },
    {
      when: 'the project lists its reason',
      the: {},
      yaml: 'retry: {failure_reasons: [script_failure]}',
      because: 'its failure reason is script_failure',
    },
    {
      when: 'it has tries left',
      the: { failureReason: 'api_failure', attempts: 3 },
      yaml: 'retry: {max_per_job: 3}',
      because: 'its failure reason is api_failure',
    },
    {
      when: 'its name only contains that of a job that is never retried',
      the: { name: 'undeployed', failureReason: 'api_failure' },
      yaml: 'retry: {never_jobs: [deploy]}',
      because: 'its failure reason is api_failure',
    },
  ])('when $when', ({ the, yaml, because }) => {
    expect(reasonToRetry(job(the), retry(yaml))).toBe(because)
  })

  it.each([
    { when: 'it had its second try', the: { attempts: 2 }, yaml: '' },
    { when: 'nothing may be retried', the: {}, yaml: 'retry: {max_per_job: 0}' },
    { when: 'it deploys', the: { name: 'deploy production' }, yaml: '' },
    { when: 'it releases', the: { name: 'gem-release 1/2' }, yaml: '' },
    { when: 'it publishes', the: { name: 'publish' }, yaml: '' },
    { when: 'the project names it', the: {}, yaml: 'retry: {never_jobs: ["/^rspec /"]}' },
  ])('not when $when, whatever failed it', ({ the, yaml }) => {
    const failed = job({ failureReason: 'api_failure', tracePattern: 'registry down', ...the })
    expect(reasonToRetry(failed, retry(yaml))).toBeNull()
    expect(mayBeRetried(failed, retry(yaml))).toBe(false)
  })
})
