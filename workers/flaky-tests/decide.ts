import { act, type Decision, skip } from '../../src/action.ts'
import { mayBeRetried, reasonToRetry } from '../../src/retry.ts'
import type { FlakyTestsFacts } from './facts.ts'

/** Pure: the same facts always give the same decision. */
export function decide({ project, job, latest, options }: FlakyTestsFacts): Decision {
  if (!latest) return skip('GitLab does not list the job in its pipeline any more')
  if (latest.id !== job) return skip(`job ${latest.id} is a newer attempt of ${latest.name} (${latest.status})`)
  if (latest.status !== 'failed') return skip(`${latest.name} is ${latest.status} by now`)
  if (!mayBeRetried(latest, options.retry)) return skip(`${latest.name} failed ${latest.attempts} times: that is final`)
  const reason = reasonToRetry(latest, options.retry)
  if (!reason) return skip(`nothing says that another try would help ${latest.name}`)
  return act(`${latest.name} gets another try: ${reason}`, { type: 'retry_job', project, job: latest.id })
}
