import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Redis } from 'ioredis'
import { pino } from 'pino'
import { findRedisServer } from '../../src/redis/find.ts'
import { type RedisProcess, spawnRedis } from '../../src/redis/spawn.ts'
import type { RedisDescription } from '../../src/redis/url.ts'

/** A private redis-server on a unix socket in a temporary folder. */
export type TestRedis = {
  /** A value for REDIS_URL. */
  url: string
  description: RedisDescription
  /** A plain client, closed by `stop`. */
  client(): Redis
  /** Ends the server and removes its folder. */
  stop(): Promise<void>
  /** Ends the server as a power failure would; `restart` brings it back. */
  kill9(): Promise<void>
  /** Stops it in its tracks, connections and all, or lets it go on. */
  signal(signal: 'SIGSTOP' | 'SIGCONT'): void
  /** Ends the server in order if it runs, then starts it again on the same socket and data. */
  restart(): Promise<void>
}

/** @param options `persist`: every write is on disk before it is answered, so that `kill9` loses nothing. Default false. */
export const startTestRedis = async (options: { persist?: boolean } = {}): Promise<TestRedis> => {
  const command = await findRedisServer(pino({ level: 'info' }))
  const folder = await mkdtemp(join(tmpdir(), 'pipewarden-test-'))
  const socket = join(folder, 'redis.sock')
  const start = () =>
    spawnRedis(command, {
      socket,
      folder,
      fsync: options.persist ? 'always' : 'off',
    })
  let server = await start()
  const clients: Redis[] = []
  return {
    url: `unix://${socket}`,
    description: {
      mode: 'socket',
      path: socket,
      access: { username: null, password: null, database: 0 },
    },
    client: () => {
      const client = new Redis({ path: socket, maxRetriesPerRequest: null }).on('error', () => {})
      clients.push(client)
      return client
    },
    stop: async () => {
      for (const client of clients) client.disconnect()
      await server.stop()
      await rm(folder, { recursive: true, force: true })
    },
    kill9: () => kill9(server),
    signal: (signal) => void process.kill(server.pid, signal),
    restart: async () => {
      await server.stop()
      server = await start()
    },
  }
}

const kill9 = async (server: RedisProcess): Promise<void> => {
  process.kill(server.pid, 'SIGKILL')
  await server.ended
}
