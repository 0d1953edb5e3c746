import { randomUUID } from 'node:crypto'
import { Queue } from 'bullmq'
import { readEnv } from '../../config/env.ts'
import { parseConfig } from '../../config/load.ts'
import { createLog } from '../../src/log.ts'
import { createQueues, type Queues } from '../../src/queue.ts'
import type { Reaction } from '../../src/reaction.ts'
import { queuePrefix } from '../../src/redis/keys.ts'
import { readyWithin } from '../../src/redis/ready.ts'
import { createServices, createTaskDeps } from '../../src/services.ts'
import type { DecisionStore } from '../../src/store/decisions.ts'
import { startWorkers } from '../../workers/index.ts'
import { webhookSecret } from './bot.ts'
import type { FakeGitLab } from './fake-gitlab/index.ts'
import type { TestRedis } from './redis.ts'

/** Queues and workers as the bot has them, for reactions of the test's own. */
export type Workbench = {
  add: Queues['add']
  decisions: DecisionStore
  /** The queue of a reaction, to look into. */
  queueOf(reaction: Reaction): Queue
  /** One more set of workers, as another process would have. */
  startWorkers(): void
  close(): Promise<void>
}

export type WorkbenchOptions = {
  gitlab: FakeGitLab
  token: string
  redis: TestRedis
  reactions: readonly Reaction[]
  /** The configuration file's text. */
  config?: string
  /** Gets every line of the log. */
  log?: (line: string) => void
}

export async function createWorkbench(options: WorkbenchOptions): Promise<Workbench> {
  const { gitlab, token, redis, reactions } = options
  const log = createLog('debug', [], { write: options.log ?? (() => undefined) })
  const env = readEnv({
    GITLAB_URL: gitlab.url,
    GITLAB_TOKEN: token,
    GITLAB_WEBHOOK_SECRET: webhookSecret,
    REDIS_URL: redis.url,
  })
  const config = parseConfig(options.config ?? '', 'test.yaml')
  const services = await createServices(env, config, log)
  const queues = createQueues({ redis: services.redis.producer, reactions, log })
  await readyWithin(services.redis.producer, 5_000)
  const opened: { close(): Promise<void> }[] = []
  return {
    add: queues.add,
    decisions: services.decisions,
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

/** A name that no other test's queue has. */
export const uniqueName = (): string => `test-${randomUUID()}`
