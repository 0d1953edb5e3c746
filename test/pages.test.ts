import { serve } from '@hono/node-server'
import { Hono } from 'hono'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { Running } from '../src/index.ts'
import { guard, isLoopback } from '../src/pages/guard.ts'
import { eventually, startBot, startTestRedis, type TestRedis } from './support/bot.ts'
import { delivery } from './support/deliveries.ts'
import { type FakeGitLab, startFakeGitLab } from './support/fake-gitlab/index.ts'
import { post } from './support/post.ts'

type Ready = { status: string; missing?: string[] }

let gitlab: FakeGitLab
let token: string
let redis: TestRedis
let bots: Running[]

beforeAll(async () => {
  redis = await startTestRedis()
})
afterAll(() => redis.stop())

beforeEach(async () => {
  bots = []
  gitlab = await startFakeGitLab()
  gitlab.addUser({ username: 'imke' })
  token = gitlab.addBot(gitlab.addProject({ path: 'meadow/orchard' })).token
})

afterEach(async () => {
  for (const bot of bots) await bot.close()
  await gitlab.close()
})

async function start(options: Partial<Parameters<typeof startBot>[0]> = {}): Promise<string> {
  const bot = await startBot({ gitlab, token, redis, ...options })
  bots.push(bot)
  return bot.url
}

const ready = async (url: string) => {
  const response = await fetch(`${url}/readyz`)
  return { status: response.status, body: (await response.json()) as Ready }
}

const receiver = { receiver: true, worker: false }
const worker = { receiver: false, worker: true }

describe('the probes', () => {
  it('say that a process with everything it needs lives and is ready', async () => {
    const url = await start()
    expect(await (await fetch(`${url}/healthz`)).json()).toEqual({ status: 'ok' })
    const answer = await eventually(
      () => ready(url),
      ({ status }) => status === 200,
    )
    expect(answer.body).toEqual({ status: 'ready' })
  })

  it('say that a receiver is not ready without workers, names their queues, and notices when they come', async () => {
    const url = await start({ roles: receiver })
    const alone = await eventually(
      () => ready(url),
      ({ body }) => body.missing?.length === 1,
    )
    expect(alone).toEqual({
      status: 503,
      body: { status: 'not ready', missing: [expect.stringMatching(/^workers: no process works on fail-fast, /)] },
    })
    expect((await fetch(`${url}/healthz`)).status).toBe(200)
    await start({ roles: worker })
    await eventually(
      () => ready(url),
      ({ status }) => status === 200,
    )
  })

  it('say that GitLab has not told who the bot is', async () => {
    const url = await start({ token: 'glpat-unknown' })
    const answer = await eventually(
      () => ready(url),
      ({ body }) => body.missing?.length === 1,
    )
    expect(answer).toMatchObject({
      status: 503,
      body: { missing: [expect.stringMatching(/^GitLab: has not said who/)] },
    })
  })
})

describe('the address of the webhook', () => {
  it.each([
    ['/webhooks/gitlab', 401],
    ['/webhooks/gitlab/', 401],
    ['/webhooks/gitlab?from=group', 401],
    ['/webhooks/gitlab/?from=group', 401],
    ['/webhooks/gitlabs', 404],
    ['/webhooks/gitlab/hook', 404],
  ])('may end with a slash (%s)', async (path, status) => {
    const url = await start({ roles: receiver })
    expect((await fetch(`${url}${path}`, { method: 'POST', body: '{}' })).status).toBe(status)
  })
})

describe('the metrics', () => {
  it('count deliveries, tasks, calls and what waits', async () => {
    const url = await start({ config: 'fail_fast: {settle: 0s}' })
    await eventually(
      () => ready(url),
      ({ status }) => status === 200,
    )
    await post(url, JSON.stringify(delivery('job-failed-fail-fast')))
    await post(url, JSON.stringify(delivery('job-success')))
    await post(url, JSON.stringify(delivery('job-success')), { 'x-gitlab-token': 'wrong' })
    const text = await eventually(
      async () => (await fetch(`${url}/metrics`)).text(),
      (seen) => seen.includes('pipewarden_tasks_total{reaction="fail-fast",outcome="put_off"}'),
    )
    expect(text).toContain('pipewarden_deliveries_total{kind="job",outcome="queued"} 1')
    expect(text).toContain('pipewarden_deliveries_total{kind="job",outcome="ignored"} 1')
    expect(text).toContain('pipewarden_deliveries_total{kind="unknown",outcome="unauthorized"} 1')
    expect(text).toContain('pipewarden_queue_tasks{reaction="fail-fast",state="delayed"} 1')
    expect(text).toMatch(/pipewarden_gitlab_call_seconds_count\{method="GET",route="\/user",status="200"\} 1/)
    expect(text).toContain('process_resident_memory_bytes')
    // This GitLab has no limit, and so has never said what is left.
    expect(text).not.toMatch(/^pipewarden_gitlab_rate_limit_remaining /m)
    expect((await fetch(`${url}/metrics`)).headers.get('content-type')).toContain('text/plain')
  })
})

describe('a protected page', () => {
  const pages = ['/metrics', '/api/v1/decisions?project=71']

  it.each(pages)('asks for DASHBOARD_TOKEN where there is one (%s)', async (page) => {
    const url = await start({ roles: receiver, variables: { DASHBOARD_TOKEN: 'open sesame' } })
    const as = async (authorization?: string) =>
      fetch(`${url}${page}`, { headers: authorization === undefined ? {} : { authorization } })
    const refused = await as()
    expect(refused.status).toBe(401)
    expect(refused.headers.get('www-authenticate')).toBe('Bearer')
    for (const wrong of ['Bearer open', 'Bearer open sesame!', 'Basic open sesame', 'open sesame', '']) {
      expect((await as(wrong)).status).toBe(401)
    }
    expect((await as('Bearer open sesame')).status).toBe(200)
    expect((await fetch(`${url}/healthz`)).status).toBe(200)
  })

  it.each([
    { token: null, loopback: true, authorization: '', status: 200 },
    { token: null, loopback: false, authorization: '', status: 404 },
    { token: null, loopback: false, authorization: 'Bearer null', status: 404 },
    { token: 'sesame', loopback: true, authorization: '', status: 401 },
    { token: 'sesame', loopback: false, authorization: '', status: 401 },
    { token: 'sesame', loopback: false, authorization: 'Bearer sesame', status: 200 },
  ])('answers $status with token $token, loopback $loopback and "$authorization"', async (the) => {
    const app = new Hono().use('*', guard(the)).get('/page', (context) => context.text('secret'))
    const server = serve({ fetch: app.fetch, hostname: '127.0.0.1', port: 0 })
    await new Promise((resolve) => server.once('listening', resolve))
    const address = server.address()
    const port = typeof address === 'object' && address !== null ? address.port : 0
    const { authorization } = the
    const response = await fetch(`http://127.0.0.1:${port}/page`, { headers: authorization ? { authorization } : {} })
    expect(response.status).toBe(the.status)
    await response.text()
    await new Promise((resolve) => server.close(resolve))
  })

  it.each([
    ['127.0.0.1', true],
    ['127.8.8.8', true],
    ['::1', true],
    ['localhost', true],
    ['0.0.0.0', false],
    ['::', false],
    ['10.127.0.1', false],
    ['1127.0.0.1', false],
    ['127.0.0.1.example', false],
    ['localhost.example', false],
  ])('takes a listener on %s for loopback: %s', (host, loopback) => {
    expect(isLoopback(host)).toBe(loopback)
  })
})
