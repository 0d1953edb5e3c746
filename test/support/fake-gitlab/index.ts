import type { AddressInfo } from 'node:net'
import { createAdaptorServer } from '@hono/node-server'
import type { Behaviour } from './behaviour.ts'
import { createDeliverer } from './hooks/deliver.ts'
import { createApp } from './rest/app.ts'
import { createFaults } from './rest/faults.ts'
import { createLimiter } from './rest/limiter.ts'
import { createRequestLog } from './rest/request-log.ts'
import { allRoutes } from './rest/routes/index.ts'
import { startStorage } from './rest/storage.ts'
import { createStory } from './story/index.ts'
import { createWorld } from './world.ts'

export type FakeGitLabOptions = {
  behaviour?: Partial<Behaviour>
  /** The clock that objects and payloads get their times from, in milliseconds; the real one when left out. */
  now?: () => number
  /** 0 when left out: any free one. */
  port?: number
}

const listen = (server: ReturnType<typeof createAdaptorServer>, port: number): Promise<string> =>
  new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, '127.0.0.1', () => resolve(`http://127.0.0.1:${(server.address() as AddressInfo).port}`))
  })

/**
 * A GitLab of its own in this process: a story is told with its methods, clients talk to it over HTTP, and hooks get
 * the deliveries that GitLab would send. Look at `requests`, `problems`, `quickActions` and `deliveries` afterwards.
 */
export const startFakeGitLab = async (options: FakeGitLabOptions = {}) => {
  const storage = await startStorage()
  const world = createWorld({ ...options, storage })
  const deliverer = createDeliverer(world)
  const faults = createFaults()
  const log = createRequestLog(world)
  const app = createApp({ world, faults, limiter: createLimiter(world), log, routes: allRoutes })
  const server = createAdaptorServer({ fetch: app.fetch })
  world.url = await listen(server, options.port ?? 0)
  return {
    url: world.url,
    /** May be changed at any time. */
    behaviour: world.behaviour,
    requests: log.requests,
    problems: world.problems,
    quickActions: world.quickActions,
    deliveries: world.deliveries,
    /** What the object storage was asked, with headers. */
    storageRequests: storage.requests,
    calls: log.calls,
    failNext: faults.failNext,
    ...deliverer,
    ...createStory(world),
    close: async (): Promise<void> => {
      world.close()
      world.emit = () => undefined
      await deliverer.settled()
      const closed = new Promise((resolve) => server.close(resolve))
      if ('closeAllConnections' in server) server.closeAllConnections()
      await closed
      await storage.close()
    },
  }
}

export type FakeGitLab = Awaited<ReturnType<typeof startFakeGitLab>>
