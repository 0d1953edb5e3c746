import { setTimeout as sleep } from 'node:timers/promises'
import { Hono } from 'hono'
import { pino } from 'pino'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { SharedBudget } from '../../src/gitlab/budget.ts'
import { startTestRedis, type TestRedis } from '../support/redis.ts'
import { failureOf, gateway, pipelineJson, startServer } from './serve.ts'

let redis: TestRedis

beforeAll(async () => {
  redis = await startTestRedis()
})

afterAll(() => redis.stop())

beforeEach(() => redis.client().flushall())

const quiet = pino({ level: 'silent' })

const budgetOf = (callsPerMinute: number | null) =>
  new SharedBudget({ redis: redis.client(), log: quiet, callsPerMinute })

/** How many of `calls` are admitted at once. */
const admitted = async (budget: SharedBudget, calls: number): Promise<number> => {
  let count = 0
  for (let call = 0; call < calls; call += 1) if ((await budget.take('GET /x')) <= 0) count += 1
  return count
}

describe('the shared budget', () => {
  it('lets two workers together make no more calls than one', async () => {
    const [one, other] = [budgetOf(240), budgetOf(240)]
    const counts = [await admitted(one, 100), await admitted(other, 100)]
    // A quarter of the limit at once; while this runs, three a second come back.
    expect(counts[0]).toBeGreaterThanOrEqual(60)
    expect((counts[0] ?? 0) + (counts[1] ?? 0)).toBeLessThanOrEqual(66)
  })

  it('says when the next call may be made', async () => {
    const budget = budgetOf(240)
    await admitted(budget, 100)
    const wait = await budget.take('GET /x')
    expect(wait).toBeGreaterThan(0)
    expect(wait).toBeLessThanOrEqual(334)
    await sleep(wait + 5)
    expect(await budget.take('GET /x')).toBe(0)
  })

  it('does not limit before a limit is known, and learns it from GitLab', async () => {
    const budget = budgetOf(null)
    expect(await admitted(budget, 500)).toBe(500)
    budget.observe({ 'ratelimit-name': 'throttle_authenticated_files_api', 'ratelimit-limit': '3' })
    budget.observe({ 'ratelimit-limit': '240', 'ratelimit-remaining': '20' })
    await sleep(1_050)
    const other = budgetOf(null)
    expect(await admitted(budget, 100)).toBeLessThanOrEqual(24)
    expect(await admitted(other, 100)).toBeLessThanOrEqual(4)
  })

  it('asks Redis far less often than it is asked', async () => {
    const client = redis.client()
    const before = await client.info('commandstats')
    expect(await admitted(budgetOf(60_000), 2_000)).toBe(2_000)
    const evals = (text: string) => Number(/cmdstat_eval:calls=(\d+)/.exec(text)?.[1] ?? 0)
    expect(evals(await client.info('commandstats')) - evals(before)).toBeLessThan(100)
  })

  it('pauses everybody, or everybody on one route', async () => {
    const [one, other] = [budgetOf(null), budgetOf(null)]
    one.pause(300, 'POST /notes')
    await sleep(20)
    expect(await other.take('POST /notes')).toBeGreaterThan(200)
    expect(await other.take('GET /x')).toBe(0)
    one.pause(30_000)
    await sleep(20)
    const late = budgetOf(null)
    expect(await late.take('GET /x')).toBeGreaterThan(29_000)
    expect(await one.take('GET /x')).toBeGreaterThan(29_000)
  })

  it('ends a pause when it is over, and leaves nothing behind', async () => {
    const budget = budgetOf(null)
    budget.pause(50)
    await sleep(80)
    expect(await budget.take('GET /x')).toBe(0)
    const other = budgetOf(null)
    expect(await other.take('GET /x')).toBe(0)
    expect(await redis.client().hkeys('{pipewarden:gitlab}:budget')).toEqual([])
  })

  it('lets calls through with a line in the log when Redis does not answer', async () => {
    const lines: string[] = []
    const log = pino({}, { write: (line: string) => void lines.push(line) })
    const budget = new SharedBudget({ redis: { eval: () => new Promise(() => undefined) }, log, callsPerMinute: 1 })
    const started = performance.now()
    expect(await admitted(budget, 50)).toBe(50)
    expect(performance.now() - started).toBeLessThan(400)
    expect(lines).toHaveLength(1)
    budget.pause(10_000)
    expect(await budget.take('GET /x')).toBeGreaterThan(9_000)
  })
})

describe('two gateways on one Redis', () => {
  it('wait together when GitLab tells one of them to', async () => {
    const left = [429]
    const app = new Hono().all('*', (c) =>
      left.pop() ? c.text('Retry later\n', 429, { 'retry-after': '40' }) : c.json(pipelineJson),
    )
    const server = await startServer(app)
    const one = gateway(server.url, { redis: redis.client() })
    const other = gateway(server.url, { redis: redis.client() })
    expect(await failureOf(one.reader.pipeline(7, 42))).toMatchObject({ status: 429, retryAfter: 40_000 })
    await sleep(20)
    expect(await failureOf(other.reader.pipeline(7, 42))).toMatchObject({ kind: 'rate_limited', status: null })
    expect(server.seen).toHaveLength(1)
    await Promise.all([one.close(), other.close(), server.close()])
  })
})
