import { isKnownFlaky, mayBeRetried, reasonToRetry } from '../../src/retry.ts'
import type { AttemptFacts, FlakyTestsFacts } from './facts.ts'

/** `retry` is the reason to try again; null: there is none, and `because` says why. */
export type RetryVerdict = { retry: string | null; because: string }

const no = (because: string): RetryVerdict => ({ retry: null, because })

/** Whether the job that failed gets another try. */
export function retryVerdict(facts: FlakyTestsFacts): RetryVerdict {
  const { attempt } = facts
  if (!attempt) return no('')
  const { job, latest } = attempt
  if (!latest) return no('GitLab does not list the job in its pipeline any more')
  if (latest.id !== job) return no(`job ${latest.id} is a newer attempt of ${latest.name} (${latest.status})`)
  if (latest.status !== 'failed') return no(`${latest.name} is ${latest.status} by now`)
  const reason = reasonOf(attempt, latest, facts)
  if (!reason) return no(whyNot(latest, facts))
  return nobodyWaits(facts) ?? { retry: reason, because: `${latest.name} gets another try: ${reason}` }
}

type Latest = NonNullable<AttemptFacts['latest']>

function reasonOf({ tests }: AttemptFacts, latest: Latest, { options }: FlakyTestsFacts): string | null {
  const reason = reasonToRetry(latest, options.retry)
  if (reason) return reason
  if (!isKnownFlaky(latest, tests, options.retry)) return null
  const count = tests?.length ?? 0
  return count === 1
    ? 'its only failing test is known to be flaky'
    : `all of its ${count} failing tests are known to be flaky`
}

function whyNot(latest: Latest, { options }: FlakyTestsFacts): string {
  const { name, attempts, helpless = 0 } = latest
  if (attempts > options.retry.maxPerJob && options.retry.maxPerJob > 0) {
    return attempts > 1 ? `${name} failed ${attempts} times: that is final` : `${name} failed: that is final`
  }
  if (!mayBeRetried(latest, options.retry)) return `${name} is never retried`
  if (helpless > 0) return `${name} is not retried: ${helpless} retries of such a failure have never helped`
  return `nothing says that another try would help ${name}`
}

/** A retry costs a runner, and here nobody would look at what comes of it. */
function nobodyWaits({ stopped, pipeline, mergeRequest }: FlakyTestsFacts): RetryVerdict | null {
  if (stopped || pipeline.status === 'canceled' || pipeline.status === 'canceling') {
    return no('jobs of the pipeline were cancelled, so nothing in it is retried')
  }
  const newest = mergeRequest?.headPipeline ?? 0
  return newest > pipeline.id ? no(`pipeline ${newest} of the merge request is newer, so nothing is retried`) : null
}
