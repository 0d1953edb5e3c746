import { Queue, Worker } from 'bullmq'
import { Redis } from 'ioredis'
import { pino } from 'pino'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { createRedis } from '../../src/redis/connect.ts'
import { key, queuePrefix } from '../../src/redis/keys.ts'
import { withLock } from '../../src/redis/lock.ts'
import { parseRedisUrl } from '../../src/redis/url.ts'
import { freePorts, startTcpServers, type TcpServers } from '../support/redis-tcp.ts'

const log = pino({ level: 'silent' })

describe('a Redis Cluster', () => {
  let servers: TcpServers
  let ports: number[]

  beforeAll(async () => {
    ports = await freePorts(3)
    servers = await startTcpServers(ports.map((port) => ({ port, options: clusterOptions(port) })))
    await formCluster(ports)
  })
  afterAll(() => servers.stop())

  test('carries the tasks of several queues, keys with parts and locks', async () => {
    const description = parseRedisUrl(`redis+cluster://${ports.map((port) => `127.0.0.1:${port}`).join(',')}`)
    const producer = createRedis(description, 'producer', log)
    const consumer = createRedis(description, 'worker', log)
    const names = ['fail-fast', 'flaky-tests', 'slack', 'label-actions', 'undercoverage']
    const seen: string[] = []
    const workers = names.map((name) => {
      const options = { connection: consumer, prefix: queuePrefix(name) }
      return new Worker(name, async () => seen.push(name), options).on('error', () => {})
    })
    const queues = names.map((name) => new Queue(name, { connection: producer, prefix: queuePrefix(name) }))
    await Promise.all(queues.map((queue) => queue.add('event', {}, { deduplication: { id: 'fact' } })))
    await expect.poll(() => [...seen].sort(), { timeout: 10_000 }).toEqual([...names].sort())

    const store = createRedis(description, 'store', log)
    const slots = await Promise.all(names.map((name) => store.cluster('KEYSLOT', queuePrefix(name))))
    expect(new Set(slots.map((slot) => Math.floor(slot / 5462))).size).toBeGreaterThan(1)
    await store.mset(key('p7', 'one'), '1', key('p7', 'two'), '2')
    expect(await withLock(store, key('p7', 'lock'), { ttl: 1000, wait: 1000 }, async () => 'in')).toBe('in')

    await Promise.all([...workers, ...queues].map((part) => part.close()))
    for (const client of [producer, consumer, store]) client.disconnect()
  })
})

const clusterOptions = (port: number): string[] => [
  ...['--cluster-enabled', 'yes', '--cluster-config-file', `nodes-${port}.conf`],
  ...['--cluster-port', String(port + 1)],
]

/** Shares the 16384 slots among the servers and waits until all agree. */
const formCluster = async (ports: number[]): Promise<void> => {
  const clients = ports.map((port) => new Redis(port, '127.0.0.1').on('error', () => {}))
  const share = Math.ceil(16_384 / ports.length)
  for (const [index, client] of clients.entries()) {
    await client.call('CLUSTER', 'ADDSLOTSRANGE', index * share, Math.min((index + 1) * share, 16_384) - 1)
    await client.call('CLUSTER', 'SET-CONFIG-EPOCH', index + 1)
  }
  for (const port of ports.slice(1)) await clients[0]?.call('CLUSTER', 'MEET', '127.0.0.1', port, port + 1)
  await vi.waitFor(() => Promise.all(clients.map(expectAgreement)), { timeout: 20_000, interval: 100 })
  for (const client of clients) client.disconnect()
}

const expectAgreement = async (client: Redis): Promise<void> => {
  const said = String(await client.call('CLUSTER', 'INFO'))
  expect(said).toContain('cluster_state:ok')
  expect(said).toContain('cluster_known_nodes:3')
}
