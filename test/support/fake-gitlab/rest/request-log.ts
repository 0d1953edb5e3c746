import type { Context } from 'hono'
import type { World } from '../world.ts'
import { parseJson, rackParams } from './params.ts'

/** A request as it came in. */
type RecordedRequest = {
  method: string
  /** Below `/api/v4`, as it was sent: `/projects/acme%2Fshop/pipelines/1/cancel`. */
  path: string
  query: Record<string, unknown>
  /** Parsed when it was JSON, else the text. */
  body: unknown
  headers: Record<string, string>
  /** Name of the token's user; null without a known token. */
  user: string | null
  /** null while it is being answered, or when the connection was cut or never answered. */
  status: number | null
  /** Milliseconds since the epoch. */
  at: number
}

export type RequestLog = {
  requests: RecordedRequest[]
  record(context: Context, next: () => Promise<void>): Promise<void>
  /** Requests of a method whose path matches, in order. */
  calls(method: string, path: RegExp): RecordedRequest[]
}

const userOf = (world: World, headers: Headers): string | null => {
  const text = headers.get('private-token') ?? headers.get('authorization')?.replace('Bearer ', '')
  return world.tokens.find((token) => token.text === text)?.user.username ?? null
}

const pathOf = (url: URL): string => url.pathname.replace(/^\/api\/v4/, '')

export const createRequestLog = (world: World): RequestLog => {
  const requests: RecordedRequest[] = []
  return {
    requests,
    calls: (method, path) => requests.filter((request) => request.method === method && path.test(request.path)),
    record: async (context, next) => {
      const url = new URL(context.req.url)
      const { headers } = context.req.raw
      const request: RecordedRequest = {
        method: context.req.method,
        path: pathOf(url),
        query: rackParams(url.searchParams),
        body: parseJson(await context.req.text()),
        headers: Object.fromEntries(headers),
        user: userOf(world, headers),
        status: null,
        at: Date.now(),
      }
      requests.push(request)
      await next()
      if (!context.env.incoming.socket.destroyed) request.status = context.res.status
    },
  }
}
