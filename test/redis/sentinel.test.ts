import { pino } from 'pino'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { createRedis, type RedisClient, type RedisRole } from '../../src/redis/connect.ts'
import { parseRedisUrl } from '../../src/redis/url.ts'
import { freePorts, startTcpServers, type TcpServers } from '../support/redis-tcp.ts'

describe('Redis behind a Sentinel', () => {
  let servers: TcpServers
  let ports: [master: number, replica: number, sentinel: number]
  const clients: RedisClient[] = []

  beforeAll(async () => {
    const [master = 0, replica = 0, sentinel = 0] = await freePorts(3)
    ports = [master, replica, sentinel]
    const secured = ['--requirepass', 'of-redis', '--masterauth', 'of-redis']
    servers = await startTcpServers([
      { port: master, options: secured },
      { port: replica, options: [...secured, '--replicaof', '127.0.0.1', String(master)] },
      { port: sentinel, options: ['--sentinel'], config: sentinelConfig(master) },
    ])
  })
  afterAll(async () => {
    for (const client of clients) client.disconnect()
    await servers.stop()
  })

  const connect = (role: RedisRole) => {
    const query = 'sentinelPassword=of-sentinel'
    const url = `redis+sentinel://:of-redis@127.0.0.1:1,127.0.0.1:${ports[2]}/main?${query}`
    const client = createRedis(parseRedisUrl(url), role, pino({ level: 'silent' }))
    clients.push(client)
    return client
  }

  test('is found past a Sentinel that is gone, and again after a failover', async () => {
    const store = connect('store')
    const producer = connect('producer')
    await vi.waitFor(() => store.set('key', 'kept'), { timeout: 10_000 })
    await vi.waitFor(async () => expect(await store.wait(1, 100)).toBe(1), { timeout: 10_000 })
    await vi.waitFor(() => expectReplicaKnown(ports[2]), { timeout: 15_000, interval: 200 })
    await servers.kill9(ports[0])
    await vi.waitFor(() => producer.set('after', 'written'), { timeout: 20_000, interval: 100 })
    expect(await producer.mget('key', 'after')).toEqual(['kept', 'written'])
  })
})

const sentinelConfig = (master: number): string =>
  [
    'requirepass of-sentinel',
    `sentinel monitor main 127.0.0.1 ${master} 1`,
    'sentinel auth-pass main of-redis',
    'sentinel down-after-milliseconds main 500',
    'sentinel failover-timeout main 3000',
    '',
  ].join('\n')

const expectReplicaKnown = async (sentinel: number): Promise<void> => {
  const url = `redis://:of-sentinel@127.0.0.1:${sentinel}`
  const client = createRedis(parseRedisUrl(url), 'store', pino({ level: 'silent' }))
  try {
    expect(await client.call('SENTINEL', 'REPLICAS', 'main')).toHaveLength(1)
  } finally {
    client.disconnect()
  }
}
