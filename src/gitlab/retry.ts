import type { GitLabError } from './errors.ts'
import type { Limits } from './limits.ts'

type Headers = Readonly<Record<string, string>>

const second = 1000
const day = 86_400 * second
/** GitLab's own limits count by the minute (lib/api/helpers.rb, `too_many_requests!`). */
export const defaultPause = 60 * second

const seconds = (text: string | undefined): number | null => {
  if (text === undefined || !/^\d{1,12}(?:\.\d{1,6})?$/.test(text.trim())) return null
  return Number(text) * second
}

const clock = (headers: Headers): number => {
  const date = Date.parse(headers.date ?? '')
  return Number.isNaN(date) ? Date.now() : date
}

const until = (moment: number, headers: Headers): number | null =>
  Number.isNaN(moment) ? null : Math.max(0, moment - clock(headers))

/** Milliseconds until `RateLimit-Reset` (seconds since the epoch), measured on GitLab's own clock. */
export const untilReset = (headers: Headers): number | null => {
  const reset = seconds(headers['ratelimit-reset'])
  return reset === null ? null : until(reset, headers)
}

/** Newer versions send `RateLimit-*` with every answer, also with a refusal that another limit caused. */
const ifUsedUp = (headers: Headers): number | null =>
  (headers['ratelimit-remaining'] ?? '0') === '0' ? untilReset(headers) : null

/** How long GitLab asks to wait, in milliseconds, at most a day: `Retry-After` (seconds or a date), else the reset of its limit. */
export const askedWait = (headers: Headers): number | null => {
  const after = headers['retry-after']
  const wait = seconds(after) ?? until(Date.parse(after ?? ''), headers) ?? ifUsedUp(headers)
  return wait === null ? null : Math.min(wait, day)
}

/** Full jitter: anything up to the bound, so that many workers do not come back together. */
const jitter = (bound: number): number => Math.random() * bound

/** GET, PUT and DELETE have the effect of once when sent twice; a POST only if nothing can have come of the first. */
const isRepeatable = (error: GitLabError): boolean => {
  if (error.kind !== 'retryable' && error.kind !== 'rate_limited') return false
  return error.method !== 'POST' || !error.maybeApplied
}

/** Milliseconds to wait before the call is sent again; null: it is not. */
export const waitBefore = (
  error: GitLabError,
  repetition: number,
  limits: Limits,
  remaining: number,
): number | null => {
  if (!isRepeatable(error) || repetition > limits.retries) return null
  const backoff = jitter(limits.backoff * 2 ** (repetition - 1))
  const wait = error.retryAfter === null ? backoff : error.retryAfter + Math.min(backoff, second)
  if (wait > limits.longestWait || wait >= remaining) return null
  return wait
}
