import type { Logger } from 'pino'
import type { Budget } from './budget.ts'
import { bounded, type Span } from './deadline.ts'
import { GitLabError } from './errors.ts'
import { failureOf, refusalOf } from './failure.ts'
import type { Limits } from './limits.ts'
import { askedWait, defaultPause, waitBefore } from './retry.ts'
import { routeOf } from './route.ts'
import type { Answer, Method, Transport } from './transport.ts'

/** One call of the API. */
export type Ask = {
  method: Method
  /** Below `/api/v4/`, without a query. */
  path: string
  /** Without the question mark. */
  query: string
  headers: Record<string, string>
  body: string | null
  /** A credential in place of the bot's own. */
  jobToken?: string
  /** May come from an object store, and take long. */
  download: boolean
}

/** One exchange with GitLab, as it is counted: a call that is repeated counts each time. */
export type GitLabCall = {
  method: Method
  route: string
  /** null: no answer. */
  status: number | null
  seconds: number
  rateLimitRemaining: number | null
}

export type CallerDeps = {
  /** Of the instance, as configured. */
  base: URL
  token: string
  limits: Limits
  transport: Transport
  budget: Budget
  log: Logger
  metrics: ((call: GitLabCall) => void) | undefined
}

/** Makes a call, as often as it takes and is safe; `consume` reads the body of a good answer. @throws GitLabError */
export type Caller = <Result>(ask: Ask, consume: (answer: Answer) => Promise<Result>) => Promise<Result>

/** @throws GitLabError for a path that would leave its place, as names like `..` make it */
const urlOf = (base: URL, { method, path, query }: Ask): URL => {
  const whole = `${base.pathname.endsWith('/') ? base.pathname : `${base.pathname}/`}api/v4/${path}`
  const url = new URL(`${base.origin}${whole}${query === '' ? '' : `?${query}`}`)
  if (url.pathname === whole) return url
  throw new GitLabError({
    method,
    path,
    status: null,
    reason: 'not sent, this is no path of the API',
    kind: 'permanent',
  })
}

/** A call under way. */
type Call<Result> = {
  ask: Ask
  route: string
  span: Span
  consume: (answer: Answer) => Promise<Result>
}

/** What a limit of one endpoint pauses. */
const scopeOf = ({ method }: Ask, route: string): string => `${method} ${route}`

const isGood = (answer: Answer): boolean => answer.status >= 200 && answer.status < 300

const remainingOf = (answer: Answer | null): number | null => {
  const text = answer?.headers['ratelimit-remaining'] ?? ''
  return /^\d{1,9}$/.test(text) ? Number(text) : null
}

/** GitLab limits a user in plain text with `RateLimit-*`, a single endpoint in JSON (lib/api/helpers.rb). */
const isOfUser = (answer: Answer): boolean =>
  !answer.headers['content-type']?.includes('json') || remainingOf(answer) === 0

/** A limit that says no time: then the queue waits as long as GitLab's limits last. */
const withWait = (error: GitLabError): GitLabError =>
  error.kind === 'rate_limited' && error.retryAfter === null
    ? new GitLabError({ ...error, retryAfter: defaultPause })
    : error

const heldBack = ({ method, path }: Ask, wait: number): GitLabError => {
  const reason = `not sent, for GitLab's rate limit leaves nothing for ${Math.ceil(wait / 1000)} s`
  return new GitLabError({ method, path, status: null, reason, kind: 'rate_limited', retryAfter: Math.ceil(wait) })
}

/** The heart of the gateway: budget, deadline, repetitions, counting. */
export const createCaller =
  (deps: CallerDeps): Caller =>
  (ask, consume) => {
    const { downloadDeadline, callDeadline } = deps.limits
    const route = routeOf(ask.path)
    return bounded(ask.download ? downloadDeadline : callDeadline, (span) =>
      persist({ ask, route, span, consume }, deps),
    )
  }

async function persist<Result>(call: Call<Result>, deps: CallerDeps): Promise<Result> {
  const { ask, route, span } = call
  for (let repetition = 1; ; repetition += 1) {
    await admit(call, deps)
    const outcome = await attempt(call, deps).then(
      (value) => ({ value }),
      (error: GitLabError) => ({ error }),
    )
    if ('value' in outcome) return outcome.value
    const { reason: because } = outcome.error
    const wait = waitBefore(outcome.error, repetition, deps.limits, span.remaining())
    if (wait === null) throw withWait(outcome.error)
    deps.log.info({ method: ask.method, route, repetition, wait, because }, 'asking GitLab again')
    if (!(await span.sleep(wait))) throw outcome.error
  }
}

/** Waits until the budget has room. @throws GitLabError when that would take too long */
async function admit({ ask, route, span }: Call<unknown>, { budget, limits }: CallerDeps): Promise<void> {
  for (;;) {
    const wait = await budget.take(scopeOf(ask, route))
    if (wait <= 0) return
    if (wait > limits.longestWait || wait >= span.remaining()) throw heldBack(ask, wait)
    if (!(await span.sleep(wait))) throw heldBack(ask, wait)
  }
}

/** One exchange with GitLab. @throws GitLabError */
async function attempt<Result>(call: Call<Result>, deps: CallerDeps): Promise<Result> {
  const { ask, span, consume } = call
  const started = performance.now()
  let answer: Answer | null = null
  try {
    const url = urlOf(deps.base, ask)
    answer = await deps.transport.exchange({ ...ask, url, elsewhere: ask.download, signal: span })
    learn(call, answer, deps.budget)
    if (!isGood(answer)) throw await refusalOf(ask, answer, [deps.token, ...(ask.jobToken ? [ask.jobToken] : [])])
    return await consume(answer)
  } catch (error) {
    throw failureOf(ask, answer, error)
  } finally {
    count(call, answer, started, deps)
  }
}

function learn({ ask, route }: Call<unknown>, answer: Answer, budget: Budget): void {
  budget.observe(answer.headers)
  const wait = answer.status === 429 ? askedWait(answer.headers) : null
  if (wait !== null) budget.pause(wait, isOfUser(answer) ? undefined : scopeOf(ask, route))
}

function count({ ask, route }: Call<unknown>, answer: Answer | null, started: number, deps: CallerDeps): void {
  const seconds = (performance.now() - started) / 1000
  const call = { method: ask.method, route, status: answer?.status ?? null, seconds }
  deps.metrics?.({ ...call, rateLimitRemaining: remainingOf(answer) })
  deps.log.debug(call, 'called GitLab')
}
