import { missingRight } from './rights.ts'
import { routeOf, shownPath } from './route.ts'

/**
 * `permanent`: asking again changes nothing. `not_found`: may only be the lag of a replica right after an event.
 * `rate_limited`: wait as told. `retryable`: GitLab, a proxy or the network failed.
 */
export type GitLabErrorKind = 'permanent' | 'retryable' | 'rate_limited' | 'not_found'

export type GitLabErrorDetails = {
  method: string
  /** Of the API, without its base; a query is not shown. */
  path: string
  /** null: no answer. */
  status: number | null
  /** One harmless line; starts with the status if there is one. */
  reason: string
  kind: GitLabErrorKind
  requestId?: string | null
  /** Milliseconds. */
  retryAfter?: number | null
  maybeApplied?: boolean
}

/** A call that failed; holds nothing of the request but its method and path. */
export class GitLabError extends Error {
  override readonly name = 'GitLabError'
  readonly status: number | null
  readonly method: string
  /** `/projects/:id/pipelines/:pipeline/cancel` */
  readonly route: string
  readonly path: string
  /** What GitLab said, in one line. */
  readonly reason: string
  readonly kind: GitLabErrorKind
  readonly requestId: string | null
  /** How long to wait before asking again, in milliseconds; null: nothing was said. */
  readonly retryAfter: number | null
  /** A write of which nobody knows whether GitLab carried it out. */
  readonly maybeApplied: boolean

  constructor(details: GitLabErrorDetails, options?: ErrorOptions) {
    const route = routeOf(details.path)
    const path = shownPath(details.path)
    const right = missingRight({ ...details, route, status: details.status ?? 0 })
    super(`${details.method} ${path}: ${details.reason}${right === '' ? '' : `; ${right}`}`, options)
    this.status = details.status
    this.method = details.method
    this.route = route
    this.path = path
    this.reason = details.reason
    this.kind = details.kind
    this.requestId = details.requestId ?? null
    this.retryAfter = details.retryAfter ?? null
    this.maybeApplied = details.maybeApplied ?? false
  }
}

/** GitLab refuses a second retry of the same job with 403: somebody has retried it already, or it runs. */
export const isAlreadyRetried = (error: unknown): boolean =>
  error instanceof GitLabError && error.status === 403 && /not retryable/i.test(error.reason)

/** GitLab's state machine refuses a commit status that is in this state already. */
export const isTransitionRefused = (error: unknown): boolean =>
  error instanceof GitLabError && error.status === 400 && /cannot transition status/i.test(error.reason)

/** Only manual and delayed jobs can be played: this one was played before, or never waited. */
export const isUnplayable = (error: unknown): boolean =>
  error instanceof GitLabError && error.status === 400 && /unplayable/i.test(error.reason)

/** GitLab answers 404 to a second award of the same emoji by the same user. */
export const isAlreadyAwarded = (error: unknown): boolean =>
  error instanceof GitLabError && error.status === 404 && /already been taken/i.test(error.reason)

/** The answer was a good one, but larger than the caller would take. */
export const isTooLarge = (error: unknown): boolean =>
  error instanceof GitLabError &&
  error.kind === 'permanent' &&
  /^the answer is larger than \d+ bytes$/.test(error.reason)

/** Another worker or GitLab itself holds the lock; nothing was changed, so it may be asked again. */
const isLock = (status: number, reason: string): boolean =>
  status === 409 && /resource lock|another update/i.test(reason)

/** @param reason The text of the refusal: a conflict may be a lock. */
export const kindOf = (status: number, reason: string): GitLabErrorKind => {
  if (status === 404) return 'not_found'
  if (status === 429) return 'rate_limited'
  if (status === 408 || status === 425 || status >= 500 || isLock(status, reason)) return 'retryable'
  return 'permanent'
}

export const isMissing = (error: unknown): boolean => error instanceof GitLabError && error.kind === 'not_found'

/** Asking again changes nothing until somebody gives the bot a right, or the object back. */
export const isRefusal = (error: unknown): error is GitLabError =>
  error instanceof GitLabError && (error.kind === 'permanent' || error.kind === 'not_found')
