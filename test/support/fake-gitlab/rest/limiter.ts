import type { World } from '../world.ts'
import { rackLimited, type Usage } from './faults.ts'

export type Limiter = {
  /** The answer for a client that is over its limit; null while it is within. */
  check(headers: Headers): Response | null
}

/** Fixed windows per token, as Rack::Attack counts; off unless the behaviour sets a limit. */
export const createLimiter = (world: World): Limiter => {
  const windows = new Map<string, Usage>()
  const current = (client: string, requests: number, seconds: number): Usage => {
    const known = windows.get(client)
    if (known !== undefined && known.resetAt > Date.now()) return known
    const fresh = { limit: requests, observed: 0, seconds, resetAt: Date.now() + seconds * 1000 }
    windows.set(client, fresh)
    return fresh
  }
  return {
    check: (headers) => {
      const { rateLimit } = world.behaviour
      if (rateLimit === null) return null
      const client = headers.get('private-token') ?? headers.get('authorization') ?? 'unknown'
      const usage = current(client, rateLimit.requests, rateLimit.seconds)
      usage.observed += 1
      return usage.observed > usage.limit ? rackLimited(usage) : null
    },
  }
}
