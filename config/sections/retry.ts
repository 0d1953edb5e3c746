import { z } from 'zod'
import { count, flag, namePattern, names, section, text } from './common.ts'

const betweenSlashes = namePattern.refine((pattern) => pattern.startsWith('/'), {
  error: 'expected a regular expression between slashes, such as /connection (reset|refused)/i',
})

const tracePattern = section({
  name: text.describe('What the match means, for people'),
  match: betweenSlashes.describe('A regular expression between slashes, looked for anywhere in the text'),
})

export const retrySchema = section({
  failure_reasons: names([
    'unknown_failure',
    'api_failure',
    'runner_system_failure',
    'stuck_or_timeout_failure',
    'scheduler_failure',
    'data_integrity_failure',
    'no_updates_*',
    'stuck_pending_*',
    'runner_interrupted',
  ]).describe("GitLab's failure reasons that are not the change's fault"),
  trace_patterns: z.array(tracePattern).default([]).describe('Texts in the last 200 kB of the trace that say the same'),
  known_flaky: flag(true).describe('Whether a job is retried when every test that failed in it is known to be flaky'),
  max_per_job: count.default(1).describe('Retries by the bot for each job name and pipeline'),
  never_jobs: names(['*deploy*', '*release*', '*publish*']).describe('Jobs that are never retried'),
})

export type RetryOptions = z.output<typeof retrySchema>
