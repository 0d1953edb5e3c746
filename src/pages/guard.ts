import { createHash, timingSafeEqual } from 'node:crypto'
import { isIPv4 } from 'node:net'
import type { MiddlewareHandler } from 'hono'

export type GuardOptions = {
  /** DASHBOARD_TOKEN; null: unset. */
  token: string | null
  /** Whether nobody but this machine can connect. */
  loopback: boolean
}

const digest = (text: string) => createHash('sha256').update(text).digest()

/** Protects a page: with a token configured it must be given; without one the page exists on a loopback listener only. */
export function guard({ token, loopback }: GuardOptions): MiddlewareHandler {
  const expected = token === null ? null : digest(`Bearer ${token}`)
  return async (context, next) => {
    if (!expected) return loopback ? next() : context.notFound()
    if (timingSafeEqual(expected, digest(context.req.header('authorization') ?? ''))) return next()
    return context.json({ error: 'send the header Authorization: Bearer with the value of DASHBOARD_TOKEN' }, 401, {
      'www-authenticate': 'Bearer',
    })
  }
}

/** Names other than localhost may mean any address, also one that begins like an address. */
export const isLoopback = (host: string): boolean =>
  host === 'localhost' || host === '::1' || (isIPv4(host) && host.startsWith('127.'))
