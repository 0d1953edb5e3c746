import { randomUUID } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Running } from '../src/index.ts'
import { eventually, startBot, startTestRedis, type TestRedis } from './support/bot.ts'
import { delivery } from './support/deliveries.ts'
import { type FakeGitLab, startFakeGitLab } from './support/fake-gitlab/index.ts'
import { post } from './support/post.ts'

const quickly = 3

describe('while Redis is away', () => {
  let gitlab: FakeGitLab
  let token: string
  let redis: TestRedis
  let bot: Running | undefined

  beforeEach(async () => {
    redis = await startTestRedis({ persist: true })
    gitlab = await startFakeGitLab()
    gitlab.addUser({ username: 'imke' })
    token = gitlab.addBot(gitlab.addProject({ path: 'meadow/orchard' })).token
  })

  afterEach(async () => {
    await bot?.close()
    await gitlab.close()
    await redis.stop()
  })

  const start = async () => {
    bot = await startBot({ gitlab, token, redis, roles: { receiver: true, worker: false } })
    return bot.url
  }

  const missing = async (url: string) => (await (await fetch(`${url}/readyz`)).json()) as { missing?: string[] }
  const connected = (url: string) =>
    eventually(
      () => missing(url),
      (ready) => !ready.missing?.some((need) => need.startsWith('Redis')),
    )
  const body = JSON.stringify(delivery('job-failed-fail-fast'))
  const once = { 'idempotency-key': randomUUID() }

  async function expectUnavailable(url: string): Promise<void> {
    const answer = await post(url, body, once)
    expect(answer).toMatchObject({ status: 503, body: { status: 'unavailable', because: 'Redis does not answer' } })
    expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0)
    expect(answer.seconds).toBeLessThan(quickly)
  }

  /** A delivery that was refused may have been kept all the same, when Redis did at last what it was asked. */
  async function expectTakenSoon(url: string): Promise<void> {
    await eventually(
      () => post(url, body, once),
      ({ status }) => status === 202 || status === 200,
      5_000,
    )
    expect(await post(url, body, once)).toMatchObject({ status: 200, body: { status: 'duplicate' } })
    expect(await redis.client().zcard('{pipewarden:fail-fast}:fail-fast:delayed')).toBe(1)
  }

  it('because it was stopped, deliveries are refused quickly, and taken again when it is back', async () => {
    const url = await start()
    await connected(url)
    await redis.kill9()
    for (let attempt = 0; attempt < 3; attempt += 1) await expectUnavailable(url)
    await redis.restart()
    await expectTakenSoon(url)
  })

  it('because it hangs, deliveries are refused quickly, and taken again when it goes on', async () => {
    const url = await start()
    await connected(url)
    redis.signal('SIGSTOP')
    await Promise.all([expectUnavailable(url), expectUnavailable(url)])
    await expectUnavailable(url)
    redis.signal('SIGCONT')
    await expectTakenSoon(url)
  })

  it('already when the receiver starts, deliveries are refused quickly, and taken when it comes', async () => {
    await redis.kill9()
    const url = await start()
    await expectUnavailable(url)
    await redis.restart()
    await expectTakenSoon(url)
  })

  it('a delivery that comes right after the start is taken, for the receiver listens once it can keep one', async () => {
    const url = await start()
    expect((await post(url, body, once)).status).toBe(202)
  })

  it('what nobody wants is answered as ever, and so are wrong credentials', async () => {
    const url = await start()
    await redis.kill9()
    expect((await post(url, JSON.stringify(delivery('job-success')))).status).toBe(200)
    expect((await post(url, body, { 'x-gitlab-token': 'wrong' })).status).toBe(401)
  })

  it('probes and metrics say so without delay', async () => {
    const url = await start()
    await connected(url)
    redis.signal('SIGSTOP')
    const started = performance.now()
    const [health, ready, metrics] = await Promise.all(
      ['healthz', 'readyz', 'metrics'].map((page) => fetch(`${url}/${page}`)),
    )
    const seconds = (performance.now() - started) / 1000
    redis.signal('SIGCONT')
    expect([health?.status, ready?.status, metrics?.status]).toEqual([200, 503, 200])
    expect(JSON.stringify(await ready?.json())).toMatch(/Redis: /)
    expect(await metrics?.text()).toContain('pipewarden_deliveries_total')
    expect(seconds).toBeLessThan(quickly)
  })
})
