/** Things that go wrong on demand. */

import type { Method } from './route.ts'

type Fault =
  /** An error status with a typical body. */
  | number
  /** Never answers. */
  | 'timeout'
  /** Cuts the connection instead of answering. */
  | 'reset'
  /** Does what was asked and cuts the connection before the answer. */
  | 'after-apply'
  /** 429 in plain text with RateLimit headers (Rack::Attack). */
  | 'rack-limit'
  /** 429 in JSON, without saying for how long (the limit of one endpoint). */
  | 'endpoint-limit'

export type FaultSpec = {
  fault: Fault
  method?: Method
  /** Tested against the path below `/api/v4`. */
  path?: RegExp
  /** How many requests it hits; 1 when left out. */
  times?: number
  /** Replaces the body that goes with an error status. */
  body?: unknown
  /** Seconds, for `rack-limit`. */
  retryAfter?: number
}

export type Faults = {
  failNext(spec: FaultSpec): void
  /** The fault for this request, which is used up by asking. */
  take(method: string, path: string): FaultSpec | null
}

export const createFaults = (): Faults => {
  const waiting: (FaultSpec & { times: number })[] = []
  const fits = (spec: FaultSpec, method: string, path: string): boolean =>
    (spec.method === undefined || spec.method === method) && (spec.path === undefined || spec.path.test(path))
  return {
    failNext: (spec) => void waiting.push({ ...spec, times: spec.times ?? 1 }),
    take: (method, path) => {
      const found = waiting.find((spec) => spec.times > 0 && fits(spec, method, path))
      if (found === undefined) return null
      found.times -= 1
      return found
    },
  }
}

/** How far a client is within its limit of requests. */
export type Usage = { limit: number; observed: number; seconds: number; resetAt: number }

/** `RateLimit-Limit` is normalised to 60 s; `Reset` is in seconds since the epoch. */
const usageHeaders = (usage: Usage): Record<string, string> => ({
  'RateLimit-Name': 'throttle_authenticated_api',
  'RateLimit-Limit': String(Math.round((usage.limit * 60) / usage.seconds)),
  'RateLimit-Observed': String(usage.observed),
  'RateLimit-Remaining': String(Math.max(0, usage.limit - usage.observed)),
  'RateLimit-Reset': String(Math.ceil(usage.resetAt / 1000)),
})

export const rackLimited = (usage: Usage): Response => {
  const seconds = Math.max(1, Math.ceil((usage.resetAt - Date.now()) / 1000))
  return new Response('Retry later\n', {
    status: 429,
    headers: {
      'content-type': 'text/plain',
      ...usageHeaders(usage),
      'RateLimit-ResetTime': new Date(usage.resetAt).toUTCString(),
      'Retry-After': String(seconds),
    },
  })
}

const endpointText = 'This endpoint has been requested too many times. Try again later.'

const bodies: Record<number, unknown> = {
  401: { message: '401 Unauthorized' },
  403: { message: '403 Forbidden' },
  404: { message: '404 Not found' },
  409: { message: 'Another update to this commit status is in progress' },
  500: { message: '500 Internal Server Error' },
}

/** The answer of a fault that has one. Errors of proxies in front of GitLab are pages, not JSON. */
export const faultAnswer = (spec: FaultSpec & { fault: number | 'rack-limit' | 'endpoint-limit' }): Response => {
  if (spec.fault === 'rack-limit') {
    const resetAt = Date.now() + (spec.retryAfter ?? 1) * 1000
    return rackLimited({ limit: 2000, observed: 2001, seconds: 60, resetAt })
  }
  if (spec.fault === 'endpoint-limit') return Response.json({ message: { error: endpointText } }, { status: 429 })
  const body = spec.body ?? bodies[spec.fault]
  if (body !== undefined) return Response.json(body, { status: spec.fault })
  const headers = { 'content-type': 'text/html' }
  return new Response(`<html><body>${spec.fault}</body></html>`, { status: spec.fault, headers })
}
