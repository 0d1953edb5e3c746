import type { FlakyTestsOptions, RetryOptions } from '../config/schema.ts'
import type { Readers } from './readers.ts'
import { type FailedJob, type FailedTest, failureSignature, mayBeRetried } from './retry.ts'
import { isHelpless } from './store/tests/retry-help.ts'

type Options = { retry: RetryOptions; flakyTests: Pick<FlakyTestsOptions, 'window'> }

/** How often retries of this kind of failure were tried in vain; 0: they may help, or none is left anyway. */
export async function readHelpless(
  read: Pick<Readers, 'history' | 'now'>,
  project: number,
  job: FailedJob,
  tests: readonly FailedTest[] | null,
  { retry, flakyTests }: Options,
): Promise<number> {
  if (!mayBeRetried(job, retry)) return 0
  const help = await read.history.retryHelp(project, failureSignature(job, tests, retry))
  return isHelpless(help, Math.floor(read.now() / 1000), flakyTests.window) ? help.tries : 0
}
