import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createTestMemory } from '../../src/store/tests/read.ts'
import { rememberTests } from '../../src/store/tests/remember.ts'
import type { TestUpdate } from '../../src/store/tests/update.ts'
import { startTestRedis, type TestRedis } from '../support/redis.ts'

const day = 86_400
const start = 1_000 * day
const hysteresis = { window: 14 * day * 1000, passes: 2, quiet: 14 * day * 1000 }

const update = (change: Partial<TestUpdate>): TestUpdate => ({
  project: 1,
  pipeline: 10,
  commit: 'abc',
  at: start,
  origin: 7,
  hysteresis,
  ran: [],
  verdicts: [],
  passed: [],
  retries: [],
  ...change,
})

const flaky = (id: string): TestUpdate['verdicts'][number] => ({
  id,
  test: { job: 'rspec', suite: 's', classname: 'c', name: `test ${id}`, variant: '', file: null },
  verdict: 'flaky',
  job: 5,
  message: 'boom',
})

describe('the memory of a project', () => {
  let redis: TestRedis

  beforeAll(async () => {
    redis = await startTestRedis()
  })
  afterAll(() => redis.stop())

  it('keeps nothing of an update that says nothing', async () => {
    expect(await rememberTests(redis.client(), update({ project: 2 }))).toBe(0)
    expect(await redis.client().keys('*p2*')).toEqual([])
  })

  it('changes once for an update that is told twice, also at the same time', async () => {
    const told = update({
      project: 3,
      ran: ['rspec'],
      verdicts: [flaky('a')],
      retries: [{ signature: 'x', job: 1, passed: false }],
    })
    const counts = await Promise.all([1, 2, 3].map(() => rememberTests(redis.client(), told)))
    expect(counts.sort()).toEqual([0, 0, 3])
    const memory = createTestMemory(redis.client())
    expect((await memory.unhealthy(3, start, hysteresis)).map(({ test, state }) => [test.name, state])).toEqual([
      ['test a', 'flaky'],
    ])
    expect(await memory.runs(3, ['rspec'], { now: start, window: hysteresis.window, pipeline: 11 })).toEqual(
      new Map([['rspec', 1]]),
    )
    expect(await memory.retryHelp(3, 'x')).toMatchObject({ tries: 1, passes: 0 })
  })

  it('loses nothing of what is told at the same time', async () => {
    const ids = Array.from({ length: 20 }, (_, index) => `t${index}`)
    await Promise.all(
      ids.map((id, index) =>
        rememberTests(redis.client(), update({ project: 4, pipeline: index, verdicts: [flaky(id)] })),
      ),
    )
    expect(await createTestMemory(redis.client()).unhealthy(4, start, hysteresis)).toHaveLength(20)
  })

  it('shows what has changed since it was read', async () => {
    const memory = createTestMemory(redis.client())
    await rememberTests(redis.client(), update({ project: 5, verdicts: [flaky('a')] }))
    expect(await memory.unhealthy(5, start, hysteresis)).toHaveLength(1)
    const version = await memory.version(5)
    for (const pipeline of [11, 12]) {
      await rememberTests(redis.client(), update({ project: 5, pipeline, passed: [{ id: 'a', explained: null }] }))
    }
    expect(await memory.version(5)).not.toBe(version)
    expect(await memory.unhealthy(5, start, hysteresis)).toEqual([])
    expect(await memory.watched(5)).toEqual([])
  })

  it('is read again only as far as it has changed', async () => {
    const client = redis.client()
    const ids = Array.from({ length: 300 }, (_, index) => `t${String(index).padStart(3, '0')}`)
    await rememberTests(client, update({ project: 7, verdicts: ids.map(flaky) }))
    const asked: number[] = []
    const hmget = (name: string, ...fields: string[]) => {
      asked.push(fields.length)
      return client.hmget(name, ...fields)
    }
    const memory = createTestMemory(Object.create(client, { hmget: { value: hmget } }))
    const names = async (of = memory) => (await of.watchedTests(7, start, hysteresis)).map(({ test }) => test.name)
    expect(await names()).toHaveLength(300)
    await rememberTests(client, update({ project: 7, pipeline: 11, verdicts: ['new', 't007'].map(flaky) }))
    for (const pipeline of [12, 13]) {
      await rememberTests(client, update({ project: 7, pipeline, passed: [{ id: 't002', explained: null }] }))
    }
    asked.length = 0
    const changed = await names()
    expect(asked).toEqual([3, 3])
    expect(changed).toEqual(await names(createTestMemory(client)))
    expect(changed).toHaveLength(300)
    expect([changed.includes('test new'), changed.includes('test t002')]).toEqual([true, false])
  })

  it('is kept for as many projects as before when one of them has changed', async () => {
    const client = redis.client()
    const read: string[] = []
    const smembers = (name: string) => {
      read.push(name)
      return client.smembers(name)
    }
    const memory = createTestMemory(Object.create(client, { smembers: { value: smembers } }))
    const projects = Array.from({ length: 200 }, (_, index) => 1_000 + index)
    for (const project of projects) await memory.watchedTests(project, start, hysteresis)
    await rememberTests(client, update({ project: 1_100, verdicts: [flaky('new')] }))
    expect(await memory.watchedTests(1_100, start, hysteresis)).toHaveLength(1)
    expect(read).toHaveLength(200)
    for (const project of projects) await memory.watchedTests(project, start, hysteresis)
    expect(read).toHaveLength(200)
  })

  it('is read as a whole again by who missed more changes than are listed', async () => {
    const client = redis.client()
    const memory = createTestMemory(client)
    const ids = Array.from({ length: 2_001 }, (_, index) => `t${index}`)
    await rememberTests(client, update({ project: 8, verdicts: [flaky('first')] }))
    expect(await memory.watchedTests(8, start, hysteresis)).toHaveLength(1)
    await rememberTests(client, update({ project: 8, pipeline: 11, verdicts: ids.map(flaky) }))
    expect(await memory.watchedTests(8, start, hysteresis)).toHaveLength(2_002)
    await client.flushall()
    await rememberTests(client, update({ project: 8, pipeline: 12, verdicts: [flaky('only')] }))
    expect(await memory.watchedTests(8, start, hysteresis)).toHaveLength(1)
  })

  it('forgets once a day what does not count any more', async () => {
    const client = redis.client()
    await rememberTests(client, update({ project: 6, verdicts: [flaky('old')], ran: ['old job'] }))
    await client.del('{pipewarden:p6}:tests:cleaned')
    await rememberTests(client, update({ project: 6, at: start + 40 * day, pipeline: 99, verdicts: [flaky('new')] }))
    const memory = createTestMemory(client)
    expect([...(await memory.records(6, ['old', 'new'])).keys()]).toEqual(['new'])
    expect(await client.hkeys('{pipewarden:p6}:tests:names')).toEqual(['new'])
    expect(await client.hkeys('{pipewarden:p6}:tests:runs')).toEqual([])
  })
})
