import type { RetryOptions } from '../config/schema.ts'
import { nameMatcher } from './match.ts'

/** A failed job as the rule for retries sees it. */
export type FailedJob = {
  name: string
  failureReason: string | null
  /** How often a job of this name ran in the pipeline, this time included. */
  attempts: number
  /** The configured trace pattern that its trace shows; null: none, or none is configured. */
  tracePattern: string | null
}

/**
 * Whether a failure deserves another try by itself, whatever tests say: the fault lies with the infrastructure.
 *
 * Asked by the reaction that retries and by the one that would stop the pipeline, so that both conclude the same.
 *
 * @returns the reason, or null when the failure is final
 */
export function reasonToRetry(job: FailedJob, options: RetryOptions): string | null {
  if (!mayBeRetried(job, options)) return null
  if (job.failureReason && nameMatcher(options.failureReasons)(job.failureReason)) {
    return `its failure reason is ${job.failureReason}`
  }
  return job.tracePattern ? `its trace shows "${job.tracePattern}"` : null
}

/** Neither used up nor one of the jobs whose repetition would be worse than the failure. */
export const mayBeRetried = (
  { name, attempts }: Pick<FailedJob, 'name' | 'attempts'>,
  options: RetryOptions,
): boolean => attempts <= options.maxPerJob && !nameMatcher(options.neverJobs)(name)
