import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Queue, Worker } from 'bullmq'
import { Redis } from 'ioredis'
import { pino } from 'pino'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { createRedis } from '../../src/redis/connect.ts'
import { findRedisServer } from '../../src/redis/find.ts'
import { key, queuePrefix } from '../../src/redis/keys.ts'
import { withLock } from '../../src/redis/lock.ts'
import { parseRedisUrl } from '../../src/redis/url.ts'

const log = pino({ level: 'silent' })

describe('a Redis Cluster', () => {
  let folder: string
  let ports: number[]
  let servers: ChildProcess[]

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'pipewarden-cluster-'))
    ports = await freePorts(3)
    const command = await findRedisServer(log)
    servers = ports.map((port) => spawn(command, clusterOptions(port, folder), { stdio: 'ignore' }))
    await formCluster(ports)
  })
  afterAll(async () => {
    await Promise.all(servers.map(end))
    await rm(folder, { recursive: true, force: true })
  })

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

const clusterOptions = (port: number, folder: string): string[] => [
  ...['--port', String(port), '--bind', '127.0.0.1', '--dir', folder, '--save', '', '--appendonly', 'no'],
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

const end = async (server: ChildProcess): Promise<void> => {
  server.kill('SIGKILL')
  await once(server, 'exit')
}

/** Ports that are free, each with a free one after it for the bus of the cluster. */
const freePorts = async (count: number): Promise<number[]> => {
  const found: number[] = []
  while (found.length < count) {
    const first = createServer().listen(0, '127.0.0.1')
    await once(first, 'listening')
    const address = first.address()
    const port = address !== null && typeof address === 'object' ? address.port : 0
    const second = createServer().listen(port + 1, '127.0.0.1')
    const free = await Promise.race([
      once(second, 'listening').then(() => true),
      once(second, 'error').then(() => false),
    ])
    if (free && !found.some((other) => Math.abs(other - port) < 2)) found.push(port)
    first.close()
    second.close()
  }
  return found
}
