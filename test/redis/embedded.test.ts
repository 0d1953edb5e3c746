import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { hostname, tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Logger, pino } from 'pino'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { createRedis, type RedisClient } from '../../src/redis/connect.ts'
import { type EmbeddedRedis, startEmbeddedRedis } from '../../src/redis/embedded.ts'
import { isAlive } from '../../src/redis/owner.ts'
import type { RedisDescription } from '../../src/redis/url.ts'

const ownerScript = fileURLToPath(new URL('../fixtures/redis/owner.ts', import.meta.url))
const silent = pino({ level: 'silent' })

describe('the embedded Redis', () => {
  let dataDir: string
  const running: EmbeddedRedis[] = []
  const owners: ChildProcess[] = []
  const clients: RedisClient[] = []

  beforeEach(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'pipewarden data '))
  })
  afterEach(async () => {
    for (const client of clients.splice(0)) client.disconnect()
    await Promise.all(running.splice(0).map((redis) => redis.stop()))
    for (const owner of owners.splice(0)) owner.kill('SIGKILL')
    await rm(dataDir, { recursive: true, force: true })
  })

  const start = async (folder = dataDir, log: Logger = silent): Promise<EmbeddedRedis> => {
    const redis = await startEmbeddedRedis({ dataDir: folder, log })
    running.push(redis)
    return redis
  }
  const stop = async (redis: EmbeddedRedis): Promise<void> => {
    running.splice(running.indexOf(redis), 1)
    await redis.stop()
  }
  const connect = (description: RedisDescription): RedisClient => {
    const client = createRedis(description, 'store', silent)
    clients.push(client)
    return client
  }
  /** A process of its own that starts a Redis in the same folder, and the first line that it says. */
  const startOwner = async (): Promise<{ owner: ChildProcess; said: string }> => {
    const parameters = ['--import', 'tsx', ownerScript, dataDir]
    const owner = spawn(process.execPath, parameters, { stdio: ['ignore', 'pipe', 'inherit'] })
    owners.push(owner)
    const [chunk] = owner.stdout ? await once(owner.stdout, 'data') : ['']
    return { owner, said: String(chunk) }
  }
  const redisPid = async () => Number(await readFile(join(dataDir, 'redis/redis.pid'), 'utf8'))

  test('says which variable names the folder that cannot be used', async () => {
    const file = join(dataDir, 'a file')
    await writeFile(file, '')
    await expect(startEmbeddedRedis({ dataDir: file, log: silent })).rejects.toThrow(
      /PIPEWARDEN_DATA_DIR, .*a file: ENOTDIR.* or set REDIS_URL$/,
    )
  })

  test('keeps its data over a restart', async () => {
    const first = await start()
    await connect(first.description).set('key', 'kept')
    await stop(first)
    const second = await start()
    expect(await connect(second.description).get('key')).toBe('kept')
  })

  test('has no open port, loses nothing, refuses what does not fit and is for this user only', async () => {
    const redis = await start()
    const client = connect(redis.description)
    const settings = await Promise.all(
      ['port', 'appendonly', 'appendfsync', 'maxmemory-policy', 'save', 'unixsocketperm'].map((name) =>
        client.config('GET', name),
      ),
    )
    expect(settings.map((pair) => (Array.isArray(pair) ? pair[1] : pair))).toEqual([
      ...['0', 'yes', 'always', 'noeviction', '', '700'],
    ])
  })

  test('is refused to a second process while the first lives', async () => {
    const { said } = await startOwner()
    expect(said).toBe('ready\n')
    const message = /another pipewarden \(process \d+ on .+\) uses this data folder.*PIPEWARDEN_DATA_DIR.*REDIS_URL/
    await expect(start()).rejects.toThrow(message)
  })

  test('goes to exactly one of several that start at once', async () => {
    const said = (await Promise.all([startOwner(), startOwner(), startOwner()])).map((process) => process.said)
    expect(said.filter((line) => line === 'ready\n')).toHaveLength(1)
    expect(said.filter((line) => line.startsWith('another pipewarden'))).toHaveLength(2)
  })

  test('of a process that was killed is taken over with its data', async () => {
    const { owner } = await startOwner()
    const pid = await redisPid()
    const socket = join(dataDir, 'redis/redis.sock')
    const access = { username: null, password: null, database: 0 }
    await connect({ mode: 'socket', path: socket, access }).set('key', 'kept')
    owner.kill('SIGKILL')
    await once(owner, 'exit')
    const redis = await start()
    expect(await connect(redis.description).get('key')).toBe('kept')
    expect(await redisPid()).not.toBe(pid)
    await expect.poll(() => lives(pid)).toBe(false)
  })

  test('that outlived its owner is ended in order, and its data is taken over', async () => {
    const { owner } = await startOwner()
    const pid = await redisPid()
    // As where nothing ends a child with its parent: the Redis is stopped while its owner dies, and goes on later.
    process.kill(pid, 'SIGSTOP')
    owner.kill('SIGKILL')
    await once(owner, 'exit')
    setTimeout(() => process.kill(pid, 'SIGCONT'), 500)
    const redis = await start()
    expect(await connect(redis.description).ping()).toBe('PONG')
    expect(await lives(pid)).toBe(false)
  })

  test('that was killed together with its owner is no obstacle', async () => {
    const { owner } = await startOwner()
    process.kill(await redisPid(), 'SIGKILL')
    owner.kill('SIGKILL')
    await once(owner, 'exit')
    const redis = await start()
    expect(await connect(redis.description).ping()).toBe('PONG')
  })

  test('is started again when it ends by itself', async () => {
    const lines: string[] = []
    const log = pino({}, { write: (line) => lines.push(JSON.parse(line).msg) })
    const redis = await start(dataDir, log)
    const client = connect(redis.description)
    await client.set('key', 'kept')
    process.kill(await redisPid(), 'SIGKILL')
    expect(await client.get('key')).toBe('kept')
    expect(lines).toEqual(['embedded Redis is ready', 'the embedded Redis ended: starting it again'])
  })

  test('works where the path of the data folder is too long for a socket', async () => {
    const redis = await start(join(dataDir, 'deep/'.repeat(30)))
    const path = redis.description.mode === 'socket' ? redis.description.path : ''
    expect(path).toMatch(/^.{1,103}$/)
    expect(await connect(redis.description).ping()).toBe('PONG')
    await stop(redis)
    await rm(dirname(path), { recursive: true })
  })

  test('that cannot start tells the end of its log', async () => {
    const first = await start()
    await connect(first.description).set('key', 'kept')
    await stop(first)
    await breakData(join(dataDir, 'redis'))
    await expect(start()).rejects.toThrow(
      /redis-server did not start: [\s\S]*Bad file format reading the append only file/,
    )
  })
})

const lives = (pid: number): Promise<boolean> => isAlive({ host: hostname(), pid, started: null })

/** Writes nonsense into the middle of what Redis reads at its start. */
const breakData = async (folder: string): Promise<void> => {
  const [file] = (await readdir(folder, { recursive: true })).filter((name) => name.endsWith('.incr.aof'))
  await writeFile(join(folder, String(file)), 'nonsense\r\n'.repeat(10))
}
