import type { RetryOptions } from '../config/schema.ts'
import { fingerprint } from './fingerprint.ts'
import { suiteOfJob } from './job-name.ts'
import { nameMatcher } from './match.ts'

/** A failed job as the rule for retries sees it. */
export type FailedJob = {
  name: string
  failureReason: string | null
  /** How often a job of this name ran in the pipeline, this time included. */
  attempts: number
  /** The configured trace pattern that its trace shows; null: none, or none is configured. */
  tracePattern: string | null
  /** How often retries of this kind of failure were tried without a single success; 0 or absent: they may help. */
  helpless?: number
}

/** A test that failed in a job, as the rule for retries sees it. */
export type FailedTest = { knownFlaky: boolean; message: string }

/**
 * Whether a failure deserves another try by itself, whatever tests say: the fault lies with the infrastructure.
 *
 * Asked by the reaction that retries and by the one that would stop the pipeline, so that both conclude the same.
 *
 * @returns the reason, or null when the failure is final
 */
export function reasonToRetry(job: FailedJob, options: RetryOptions): string | null {
  if (!mayBeRetried(job, options) || isHelpless(job)) return null
  if (job.failureReason && nameMatcher(options.failureReasons)(job.failureReason)) {
    return `its failure reason is ${job.failureReason}`
  }
  return job.tracePattern ? `its trace shows "${job.tracePattern}"` : null
}

/** Whether all that failed in a job is known to fail at times, so that another try tells more than this one. */
export function isKnownFlaky(
  job: FailedJob,
  tests: readonly FailedTest[] | null | undefined,
  options: RetryOptions,
): boolean {
  if (!options.knownFlaky || !mayBeRetried(job, options) || isHelpless(job)) return false
  return tests !== null && tests !== undefined && tests.length > 0 && tests.every(({ knownFlaky }) => knownFlaky)
}

const isHelpless = ({ helpless = 0 }: FailedJob): boolean => helpless > 0

/** Neither used up nor one of the jobs whose repetition would be worse than the failure. */
export const mayBeRetried = (
  { name, attempts }: Pick<FailedJob, 'name' | 'attempts'>,
  options: RetryOptions,
): boolean => attempts <= options.maxPerJob && !nameMatcher(options.neverJobs)(name)

/** What a failure has in common with others of its kind: what retries of it have helped before is counted by this. */
export function failureSignature(
  job: Pick<FailedJob, 'name' | 'failureReason' | 'tracePattern'>,
  tests: readonly FailedTest[] | null,
  { failureReasons }: Pick<RetryOptions, 'failureReasons'>,
): string {
  const name = suiteOfJob(job.name)
  if (job.failureReason && nameMatcher(failureReasons)(job.failureReason)) return `${name} | ${job.failureReason}`
  if (job.tracePattern) return `${name} | trace: ${job.tracePattern}`
  const causes = [...new Set((tests ?? []).map(({ message }) => fingerprint(message)))].sort()
  return causes.length > 0 ? `${name} | tests: ${causes.join(' | ')}`.slice(0, 500) : `${name} | ${job.failureReason}`
}
