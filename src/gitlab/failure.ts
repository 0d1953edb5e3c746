import { BodyError, readText } from './body.ts'
import { DeadlineError } from './deadline.ts'
import { refusalText } from './error-text.ts'
import { GitLabError, kindOf } from './errors.ts'
import { askedWait } from './retry.ts'
import { type Answer, RedirectError } from './transport.ts'

type Asked = { method: string; path: string }

const errorBody = 65_536

/** Failures before a connection stood: nothing was sent. */
const unsent: ReadonlySet<string> = new Set([
  'UND_ERR_CONNECT_TIMEOUT',
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOENT',
])

const isCertificate = (code: string): boolean => /^(?:CERT_|ERR_TLS_|SELF_SIGNED|DEPTH_ZERO|UNABLE_TO_)/.test(code)

const codeOf = (error: unknown): string =>
  typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : ''

const network = (error: unknown): string => {
  const code = codeOf(error)
  const hint = isCertificate(code) ? '; name the CA of the instance in NODE_EXTRA_CA_CERTS' : ''
  const text = error instanceof Error && error.message !== '' ? error.message : 'unknown failure'
  return `no answer (${code === '' ? 'network' : code}): ${text.slice(0, 200)}${hint}`
}

const unanswered = (asked: Asked, error: unknown): GitLabError => {
  const neverSent = unsent.has(codeOf(error)) || isCertificate(codeOf(error))
  const reason = error instanceof DeadlineError ? error.message : network(error)
  const maybeApplied = asked.method !== 'GET' && !neverSent
  return new GitLabError({ ...asked, status: null, reason, kind: 'retryable', maybeApplied }, { cause: error })
}

const only = ({ method, path }: Asked): Asked => ({ method, path })

/** What a call failed with, whatever was thrown while it was made or its answer was read. */
export const failureOf = (ask: Asked, answer: Answer | null, error: unknown): GitLabError => {
  if (error instanceof GitLabError) return error
  const asked = only(ask)
  const status = answer?.status ?? null
  if (error instanceof RedirectError) {
    return new GitLabError({ ...asked, status, reason: error.message, kind: 'permanent' })
  }
  if (!(error instanceof BodyError)) return unanswered(asked, error)
  const requestId = answer?.headers['x-request-id'] ?? null
  const kind = error.transient ? 'retryable' : 'permanent'
  // The answer was a good one, so a write was carried out.
  const maybeApplied = asked.method !== 'GET'
  return new GitLabError({ ...asked, status, reason: error.message, kind, requestId, maybeApplied })
}

/** What GitLab refused a call with; reads the body. */
export const refusalOf = async (ask: Asked, answer: Answer, secrets: readonly string[]): Promise<GitLabError> => {
  const text = await readText(answer, errorBody).catch(() => '')
  const reason = refusalText(answer.status, text, secrets)
  const kind = kindOf(answer.status, reason)
  return new GitLabError({
    ...only(ask),
    status: answer.status,
    reason,
    kind,
    requestId: answer.headers['x-request-id'] ?? null,
    retryAfter: askedWait(answer.headers),
    maybeApplied: ask.method !== 'GET' && kind === 'retryable' && answer.status !== 409,
  })
}
