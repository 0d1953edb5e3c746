import { createHash } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type { HttpBindings } from '@hono/node-server'
import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response'
import { type Context, Hono } from 'hono'
import type { World } from '../world.ts'
import { readCredentials } from './auth.ts'
import { ApiError } from './errors.ts'
import { type Faults, faultAnswer } from './faults.ts'
import type { Limiter } from './limiter.ts'
import { bodyParams, rackParams } from './params.ts'
import type { RequestLog } from './request-log.ts'
import type { Answer, Method, RawRequest, Route } from './route.ts'

const base = '/api/v4'

type Env = { Bindings: HttpBindings }
type Parts = { world: World; faults: Faults; limiter: Limiter; log: RequestLog; routes: Route[] }

const cut = (context: Context<Env>): Response => {
  context.env.incoming.socket.destroy()
  return RESPONSE_ALREADY_SENT
}

const toRequest = async (world: World, context: Context<Env>): Promise<RawRequest> => {
  const url = new URL(context.req.url)
  const { headers } = context.req.raw
  const body = await readBody(world, context)
  return {
    world,
    method: context.req.method as Method,
    url,
    headers,
    segments: context.req.param(),
    input: { ...rackParams(url.searchParams), ...body },
    credentials: readCredentials(world, headers),
  }
}

const isRaw = (body: unknown): body is string | Buffer => typeof body === 'string' || Buffer.isBuffer(body)

/** Every JSON answer to a GET has a weak ETag; a client that knows it gets 304 without a body. */
const toResponse = (request: RawRequest | null, answer: Answer): Response => {
  const { status, body } = answer
  if (body === null) return new Response(null, { status, headers: answer.headers ?? {} })
  const bytes = isRaw(body) ? body : JSON.stringify(body)
  const hash = createHash('md5').update(bytes).digest('hex')
  const headers = new Headers({ 'content-type': 'application/json', ...answer.headers })
  if (request?.method === 'GET' && status === 200) {
    if (!headers.has('etag')) headers.set('etag', `W/"${hash}"`)
    const known = request.headers.get('if-none-match') === headers.get('etag')
    if (known) return new Response(null, { status: 304, headers })
  }
  return new Response(new Uint8Array(Buffer.from(bytes)), { status, headers })
}

const readBody = async (world: World, context: Context<Env>): Promise<Record<string, unknown>> => {
  try {
    return bodyParams(context.req.header('content-type') ?? '', await context.req.text())
  } catch (error) {
    world.problems.push(`${context.req.method} ${context.req.path}: the body is not readable as parameters`)
    throw error
  }
}

const answerError = (error: unknown): Response => {
  if (error instanceof ApiError) return toResponse(null, { status: error.status, body: error.body })
  throw error
}

const runRoute = async (world: World, route: Route, context: Context<Env>): Promise<Response> => {
  try {
    const request = await toRequest(world, context)
    return toResponse(request, await route.run(request))
  } catch (error) {
    return answerError(error)
  }
}

/** Faults and limits come before the routes, as proxies and Rack::Attack come before Rails. */
const guard = async ({ world, faults, limiter }: Parts, context: Context<Env>, next: () => Promise<void>) => {
  if (world.behaviour.latency > 0) await sleep(world.behaviour.latency)
  const spec = faults.take(context.req.method, context.req.path.slice(base.length))
  const limited = limiter.check(context.req.raw.headers)
  if (limited !== null) return limited
  const fault = spec?.fault
  if (spec === null || fault === undefined) return next()
  if (fault === 'timeout') return new Promise<never>(() => undefined)
  if (fault === 'reset') return cut(context)
  if (fault !== 'after-apply') return faultAnswer({ ...spec, fault })
  await next()
  return cut(context)
}

/** Nothing here is lenient: a call that GitLab does not know is answered as GitLab would and kept as a problem. */
export const createApp = (parts: Parts): Hono<Env> => {
  const { world, log, routes } = parts
  const app = new Hono<Env>()
  app.use('*', (context, next) => log.record(context, next))
  app.use('*', (context, next) => guard(parts, context, next))
  for (const route of routes) app.on(route.method, `${base}${route.path}`, (context) => runRoute(world, route, context))
  for (const { path } of routes) {
    app.all(`${base}${path}`, (context) => {
      world.problems.push(`${context.req.method} ${context.req.path}: wrong method`)
      return context.json({ message: '405 Method Not Allowed' }, 405)
    })
  }
  app.notFound((context) => {
    world.problems.push(`${context.req.method} ${context.req.path}: unknown route`)
    return context.json({ error: '404 Not Found' }, 404)
  })
  app.onError((error, context) => {
    world.problems.push(`${context.req.method} ${context.req.path}: the fake failed: ${error.stack ?? error.message}`)
    return context.json({ message: '500 Internal Server Error' }, 500)
  })
  return app
}
