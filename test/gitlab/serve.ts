import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo, Server } from 'node:net'
import { serve } from '@hono/node-server'
import { Hono } from 'hono'
import { pino } from 'pino'
import { createGitLab, type GitLab, type GitLabDeps } from '../../src/gitlab/index.ts'

export const token = 'glpat-0123456789abcdefghij'

type Seen = { method: string; url: string; headers: Record<string, string>; body: string }

const closed = (server: Server): Promise<void> =>
  new Promise((resolve) => {
    server.close(() => resolve())
    if ('closeAllConnections' in server) (server as { closeAllConnections(): void }).closeAllConnections()
  })

/** An HTTP server with the routes of one test, and what it was asked. */
export const startServer = async (app: Hono) => {
  const seen: Seen[] = []
  const outer = new Hono()
  outer.use(async (c, next) => {
    const { pathname, search } = new URL(c.req.url)
    seen.push({ method: c.req.method, url: pathname + search, headers: c.req.header(), body: await c.req.text() })
    await next()
  })
  outer.route('/', app)
  const server = serve({ fetch: outer.fetch, port: 0, hostname: '127.0.0.1' }) as Server
  await new Promise((resolve) => server.once('listening', resolve))
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return { url, seen, close: () => closed(server) }
}

/** A server below the level of HTTP frameworks, for connections that break; counts them. */
export const startRawServer = async (listener: RequestListener) => {
  const server = createServer(listener).listen(0, '127.0.0.1')
  const counts = { connections: 0, requests: 0 }
  server.on('connection', () => {
    counts.connections += 1
  })
  server.on('request', () => {
    counts.requests += 1
  })
  await new Promise((resolve) => server.once('listening', resolve))
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return { url, counts, close: () => closed(server) }
}

/** A gateway with quick repetitions, and everything it logs. */
export const gateway = (url: string, deps: Partial<GitLabDeps> = {}): GitLab & { logged(): string } => {
  const lines: string[] = []
  const log = pino({ level: 'trace' }, { write: (line: string) => void lines.push(line) })
  const limits = { backoff: 5, ...deps.limits }
  const gitlab = createGitLab({ url, token, log, ...deps, limits })
  return { ...gitlab, logged: () => lines.join('') }
}

/** What a promise is rejected with; fails if it is not. */
export const failureOf = async (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    (value) => Promise.reject(new Error(`was expected to fail, but gave ${JSON.stringify(value)}`)),
    (error: unknown) => error,
  )

export const pipelineJson = { id: 42, iid: 4, project_id: 7, sha: 'a'.repeat(40), ref: 'main', status: 'running' }
export const jobJson = { id: 9, name: 'rspec', stage: 'test', status: 'failed', pipeline: pipelineJson }
export const userJson = { id: 3, username: 'project_7_bot_ab12', name: 'pipewarden' }
