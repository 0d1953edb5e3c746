import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pino } from 'pino'
import { findRedisServer } from '../../src/redis/find.ts'
import { spawnRedis } from '../../src/redis/spawn.ts'
import { type Cleanup, createCleanup } from '../support/cleanup.ts'
import { type Client, startClient } from './client/index.ts'
import { type Recorded, recordDeliveries } from './deliveries.ts'
import { type ProductOptions, type Server, startFloor, startProduct } from './servers.ts'

/** What a group of figures is measured with; everything it starts ends with it. */
export type Stage = {
  client: Client
  deliveries: Recorded
  /** @returns the path of its unix socket */
  redis(): Promise<string>
  floor(name: string, ...parameters: string[]): Promise<Server>
  product(options: Omit<ProductOptions, 'folder' | 'gitlabUrl'>): Promise<Server>
}

/** Runs a group of figures with servers of its own, and ends them; `cleanup` ends them too, when it comes earlier. */
export async function onStage<Result>(cleanup: Cleanup, work: (stage: Stage) => Promise<Result>): Promise<Result> {
  const own = await cleanup.keep(
    async () => createCleanup(),
    (mine) => mine.run(),
  )
  try {
    return await work(await setUp(own))
  } finally {
    await own.run()
  }
}

async function setUp(cleanup: Cleanup): Promise<Stage> {
  const folder = await cleanup.keep(
    () => mkdtemp(join(tmpdir(), 'pipewarden-bench-')),
    (path) => rm(path, { recursive: true, force: true }),
  )
  const deliveries = await recordDeliveries()
  const client = await cleanup.keep(
    () => startClient(deliveries.answers),
    async ({ close }) => close(),
  )
  let count = 0
  const own = async (what: string) => {
    count += 1
    const path = join(folder, `${what}-${count}`)
    await mkdir(path)
    return path
  }
  const kept = (start: () => Promise<Server>) => cleanup.keep(start, ({ close }) => close())
  return {
    client,
    deliveries,
    async redis() {
      const path = await own('redis')
      const command = await findRedisServer(pino({ level: 'silent' }))
      const socket = join(path, 'redis.sock')
      const start = () => spawnRedis(command, { socket, folder: path, fsync: 'everysec' })
      await cleanup.keep(start, ({ stop }) => stop())
      return socket
    },
    floor: (name, ...parameters) => kept(() => startFloor(name, ...parameters)),
    product: async (options) => {
      const files = await own('product')
      return kept(() => startProduct({ ...options, folder: files, gitlabUrl: client.gitlabUrl }))
    },
  }
}
