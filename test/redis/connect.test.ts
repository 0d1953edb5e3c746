import { Queue, Worker } from 'bullmq'
import { type Logger, pino } from 'pino'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { createRedis, type RedisClient, type RedisRole } from '../../src/redis/connect.ts'
import { queuePrefix } from '../../src/redis/keys.ts'
import { parseRedisUrl } from '../../src/redis/url.ts'
import { startTestRedis, type TestRedis } from '../support/redis.ts'

describe('a client', () => {
  let server: TestRedis
  let lines: string[]
  let log: Logger
  const clients: RedisClient[] = []

  beforeEach(async () => {
    server = await startTestRedis({ persist: true })
    lines = []
    log = pino({ base: null, timestamp: false }, { write: (line) => lines.push(JSON.parse(line).msg) })
  })
  afterEach(async () => {
    for (const client of clients.splice(0)) client.disconnect()
    await server.stop()
  })

  const connect = (role: RedisRole) => {
    const client = createRedis(server.description, role, log)
    clients.push(client)
    return client
  }

  test('of a producer fails at once while Redis is away and works again by itself', async () => {
    const producer = connect('producer')
    await whenReady(producer)
    await producer.set('before', '1')
    await server.kill9()
    await timed(2000, () => expect(producer.set('during', '1')).rejects.toThrow())
    await server.restart()
    await timed(2000, () => whenReady(producer))
    expect(await producer.get('before')).toBe('1')
  })

  test('of a producer does not wait for a Redis that hangs', async () => {
    const producer = connect('producer')
    await whenReady(producer)
    await server.client().client('PAUSE', 10_000)
    await timed(2500, () => expect(producer.set('key', '1')).rejects.toThrow('Command timed out'))
    await server.kill9()
  })

  test('of a store waits out a short outage', async () => {
    const store = connect('store')
    await store.set('key', '1')
    await server.kill9()
    const answer = store.get('key')
    await server.restart()
    expect(await answer).toBe('1')
  })

  test('sends what one turn has to say in one write, and once, also when its connection ends in that turn', async () => {
    const reads = async () => Number(/total_reads_processed:(\d+)/.exec(await server.client().info('stats'))?.[1])
    for (const [key, isCut] of Object.entries({ kept: false, cut: true })) {
      const store = connect('store')
      await whenReady(store)
      const before = await reads()
      const answers = Array.from({ length: 300 }, () => store.incr(key))
      if (isCut && 'stream' in store) store.stream.end()
      expect((await Promise.all(answers)).at(-1)).toBe(300)
      expect((await reads()) - before).toBeLessThan(20)
    }
  })

  test('tells of an outage once, and once of its end', async () => {
    await server.kill9()
    const worker = connect('worker')
    const answer = worker.get('key')
    await new Promise((resolve) => setTimeout(resolve, 1500))
    await server.restart()
    await answer
    expect(lines).toEqual(['Redis is away: trying again until it is back', 'Redis is back'])
  })

  test('of a cluster that is away gives up as well', async () => {
    const description = parseRedisUrl('redis+cluster://127.0.0.1:1')
    const [producer, store] = [createRedis(description, 'producer', log), createRedis(description, 'store', log)]
    clients.push(producer, store)
    await timed(2000, () => expect(producer.set('key', '1')).rejects.toThrow())
    await timed(6000, () => expect(store.set('key', '1')).rejects.toThrow('Command timed out'))
  })

  test('closed on purpose tells nothing', async () => {
    const worker = connect('worker')
    await worker.get('key')
    await worker.quit()
    expect(lines).toEqual([])
  })

  test('of a producer made while Redis is away carries tasks to a worker once Redis is there', async () => {
    await server.kill9()
    const name = 'reaction'
    const queue = new Queue(name, { connection: connect('producer'), prefix: queuePrefix(name) })
    queue.on('error', () => {})
    const seen: string[] = []
    const options = { connection: connect('worker'), prefix: queuePrefix(name) }
    const worker = new Worker(name, async (task) => seen.push(task.name), options)
    worker.on('error', () => {})
    const added = queue.add('event', {})
    await server.restart()
    await added
    await expect.poll(() => seen, { timeout: 5000 }).toEqual(['event'])
    await worker.close()
    await queue.close()
  })
})

const whenReady = async (client: RedisClient): Promise<void> => {
  if (client.status !== 'ready') await new Promise<void>((resolve) => client.once('ready', () => resolve()))
}

const timed = async (limit: number, work: () => Promise<unknown>): Promise<void> => {
  const start = performance.now()
  await work()
  expect(performance.now() - start).toBeLessThan(limit)
}
