import { randomUUID } from 'node:crypto'
import { Queue } from 'bullmq'
import { readEnv } from '../../config/env.ts'
import { parseConfig } from '../../config/load.ts'
import { createLog } from '../../src/log.ts'
import { createQueues, type Queues } from '../../src/queue.ts'
import type { Reaction } from '../../src/reaction.ts'
import { queuePrefix } from '../../src/redis/keys.ts'
import { createServices, createTaskDeps } from '../../src/services.ts'
import { startWorkers } from '../../workers/index.ts'
import { webhookSecret } from './bot.ts'
import type { FakeGitLab } from './fake-gitlab/index.ts'
import type { TestRedis } from './redis.ts'

/** Queues and workers as the bot has them, for reactions of the test's own. */
export type Workbench = {
  add: Queues['add']
  /** The queue of a reaction, to look into. */
  queueOf(reaction: Reaction): Queue
  /** One more set of workers, as another process would have. */
  startWorkers(): void
  close(): Promise<void>
}

export async function createWorkbench(
  gitlab: FakeGitLab,
  token: string,
  redis: TestRedis,
  reactions: readonly Reaction[],
): Promise<Workbench> {
  const log = createLog('silent', [])
  const env = readEnv({
    GITLAB_URL: gitlab.url,
    GITLAB_TOKEN: token,
    GITLAB_WEBHOOK_SECRET: webhookSecret,
    REDIS_URL: redis.url,
  })
  const config = parseConfig('', 'test.yaml')
  const services = await createServices(env, config, log)
  const queues = createQueues({ redis: services.redis.producer, reactions, log })
  await services.redis.producer.ping().catch(() => untilReady(services.redis.producer))
  const opened: { close(): Promise<void> }[] = []
  return {
    add: queues.add,
    queueOf({ name }) {
      const queue = new Queue(name, { connection: redis.client(), prefix: queuePrefix(name) })
      opened.push(queue)
      return queue
    },
    startWorkers() {
      const { metrics, redis: clients } = services
      const deps = createTaskDeps(services, config, log)
      opened.push(startWorkers({ ...deps, redis: clients.worker, reactions, metrics, queues, serves: config.serves }))
    },
    async close() {
      await Promise.all(opened.map((each) => each.close()))
      await queues.close()
      await services.close()
    },
  }
}

const untilReady = (client: { once(event: 'ready', listener: () => void): unknown }): Promise<void> =>
  new Promise((resolve) => {
    client.once('ready', resolve)
  })

/** A name that no other test's queue has. */
export const uniqueName = (): string => `test-${randomUUID()}`
