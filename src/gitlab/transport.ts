import type { EventEmitter } from 'node:events'
import { Agent, type Dispatcher } from 'undici'
import type { Limits } from './limits.ts'

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'

type Outgoing = {
  method: Method
  url: URL
  headers: Record<string, string>
  body: string | null
  /** Sent in place of our own token. */
  jobToken?: string
  /** May be answered by another host, as when artifacts lie in an object store. */
  elsewhere: boolean
  signal: EventEmitter
}

export type Answer = { status: number; headers: Record<string, string>; body: Dispatcher.ResponseData['body'] }

export type Transport = {
  /** @throws RedirectError, or what undici throws when there is no answer */
  exchange(request: Outgoing): Promise<Answer>
  close(): Promise<void>
}

/** A redirect that must not be followed; the message holds no query. */
export class RedirectError extends Error {
  override readonly name = 'RedirectError'
}

const redirects: ReadonlySet<number> = new Set([301, 302, 303, 307, 308])
const mostRedirects = 5
/** Below the idle timeouts of nginx and Puma, so that we are the first to close: a POST on a dead connection is lost. */
const idle = 15_000

const plain = (headers: Dispatcher.ResponseData['headers']): Record<string, string> => {
  const result: Record<string, string> = {}
  for (const [name, value] of Object.entries(headers)) {
    if (value !== undefined) result[name] = Array.isArray(value) ? value.join(', ') : value
  }
  return result
}

const targetOf = (answer: Answer, from: URL): URL | null => {
  const location = answer.headers.location
  if (!redirects.has(answer.status) || location === undefined || !URL.canParse(location, from.href)) return null
  return new URL(location, from)
}

/** @throws RedirectError when following would be wrong or unsafe */
const checkRedirect = (request: Outgoing, home: URL, target: URL): void => {
  const shown = `${target.origin}${target.pathname}`
  if (request.method !== 'GET') throw new RedirectError(`was redirected to ${shown}; a write does not follow`)
  if (target.protocol !== 'https:' && target.protocol !== 'http:') {
    throw new RedirectError(`was redirected to ${target.protocol}`)
  }
  if (target.origin !== home.origin && !request.elsewhere) {
    throw new RedirectError(`was redirected to ${target.origin}, which never gets the token; is GITLAB_URL right?`)
  }
}

/**
 * HTTP over a pool of keep-alive connections for each host. The token goes to GitLab's own origin alone: a redirect
 * that leaves it is followed without, and does not get it back on the way home.
 */
export const createTransport = ({
  url: home,
  token,
  limits,
}: {
  url: URL
  token: string
  limits: Limits
}): Transport => {
  const agent = new Agent({
    connections: limits.connections,
    connect: { timeout: limits.connectTimeout },
    keepAliveTimeout: idle,
    bodyTimeout: limits.bodyTimeout,
    maxHeaderSize: 65_536,
  })

  const send = async (request: Outgoing, url: URL, trusted: boolean): Promise<Answer> => {
    const credential = request.jobToken === undefined ? { 'private-token': token } : { 'job-token': request.jobToken }
    const headers = { 'user-agent': 'pipewarden', ...request.headers, ...(trusted && credential) }
    const { method, body, signal } = request
    const headersTimeout = method === 'GET' ? limits.headersTimeout : limits.callDeadline
    const path = `${url.pathname}${url.search}`
    const answer = await agent.request({ origin: url.origin, path, method, headers, body, signal, headersTimeout })
    return { status: answer.statusCode, headers: plain(answer.headers), body: answer.body }
  }

  const exchange = async (request: Outgoing): Promise<Answer> => {
    let url = request.url
    let trusted = url.origin === home.origin
    for (let hop = 0; hop <= mostRedirects; hop += 1) {
      const answer = await send(request, url, trusted)
      const target = targetOf(answer, url)
      if (target === null) return answer
      await answer.body.dump()
      checkRedirect(request, home, target)
      url = target
      trusted &&= target.origin === home.origin
    }
    throw new RedirectError(`was redirected more than ${mostRedirects} times`)
  }

  return { exchange, close: () => agent.close() }
}
