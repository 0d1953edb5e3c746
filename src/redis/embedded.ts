import { constants } from 'node:fs'
import { access, mkdir, realpath } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Logger } from 'pino'
import { ask } from './ask.ts'
import { findRedisServer, projectCache } from './find.ts'
import { endLeftover, ownerCounts } from './leftover.ts'
import { claim } from './owner.ts'
import { socketPath } from './socket-path.ts'
import { type RedisProcess, spawnRedis } from './spawn.ts'
import type { RedisDescription } from './url.ts'

/** A Redis of our own, for when REDIS_URL is unset: durable, without an open port, ended with this process. */
export type EmbeddedRedis = {
  description: RedisDescription
  /** Ends it in order; the data stays in the data folder. */
  stop(): Promise<void>
}

export type EmbeddedRedisOptions = {
  dataDir: string
  log: Logger
  /** `always`: what was acknowledged survives a power failure. `everysec` may lose the last second. Default `always`. */
  fsync?: 'always' | 'everysec'
}

/** @throws Error when another pipewarden uses the data folder, no server can be found or fetched, or it does not start. */
export const startEmbeddedRedis = async ({ dataDir, log, fsync }: EmbeddedRedisOptions): Promise<EmbeddedRedis> => {
  const folder = await writableFolder(dataDir)
  const socket = await socketPath(folder)
  const pidFile = join(folder, 'redis.pid')
  const giveUp = await claim(folder, (owner) => ownerCounts(owner, socket))
  try {
    await endLeftover(socket, pidFile, log)
    const command = await findRedisServer(log, [projectCache(), join(dataDir, '.cache')])
    const start = () => spawnRedis(command, { socket, folder, fsync: fsync ?? 'always', pidFile })
    const keeper = await keepRunning(start, log)
    log.info({ folder }, 'embedded Redis is ready')
    return { description: describe(socket), stop: () => keeper.stop().finally(giveUp) }
  } catch (error) {
    await giveUp()
    throw error
  }
}

/** The Redis that a running pipewarden keeps in this folder; null: none is there. */
export const findEmbeddedRedis = async (dataDir: string): Promise<RedisDescription | null> => {
  const folder = await realpath(join(dataDir, 'redis')).catch(() => null)
  const socket = folder === null ? null : await socketPath(folder)
  return socket !== null && (await ask(socket, 'PING')) !== null ? describe(socket) : null
}

const writableFolder = async (dataDir: string): Promise<string> => {
  const folder = join(dataDir, 'redis')
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 })
    await access(folder, constants.W_OK)
    return await realpath(folder)
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : cause
    throw new Error(
      `the embedded Redis cannot keep its data in PIPEWARDEN_DATA_DIR, ${dataDir}: ${reason}; ` +
        'choose a folder that can be written, or set REDIS_URL',
      { cause },
    )
  }
}

const describe = (path: string): RedisDescription => ({
  mode: 'socket',
  path,
  access: { username: null, password: null, database: 0 },
})

/** Starts the server again whenever it ends by itself, as when the system was out of memory. */
const keepRunning = async (start: () => Promise<RedisProcess>, log: Logger) => {
  let server = await start()
  const stopping = new AbortController()
  const watch = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      const tail = await server.ended
      if (stopping.signal.aborted) return
      log.error({ tail }, 'the embedded Redis ended: starting it again')
      await start().then(
        (started) => {
          server = started
        },
        (error) => log.error({ error: error.message }, 'the embedded Redis does not start'),
      )
      await sleep(1000, undefined, { signal: stopping.signal }).catch(() => {})
    }
  }
  const watching = watch()
  return {
    stop: async (): Promise<void> => {
      stopping.abort()
      await server.stop()
      await watching
      await server.stop()
    },
  }
}
