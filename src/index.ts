import type { Logger } from 'pino'
import type { Env } from '../config/env.ts'
import type { Config } from '../config/load.ts'
import { startWorkers } from '../workers/index.ts'
import { createReactions } from '../workers/reactions.ts'
import { createReceiver } from './app.ts'
import { createGitLab } from './gitlab/index.ts'
import { listen } from './http.ts'
import { createIdentity } from './identity.ts'
import { addQueueMetrics, createMetrics } from './metrics.ts'
import { createNeeds } from './needs.ts'
import { createQueues } from './queue.ts'
import { createVerifier } from './receiver/credentials.ts'
import { createRedis } from './redis/connect.ts'
import { startEmbeddedRedis } from './redis/embedded.ts'
import { createDecisionStore } from './store/decisions.ts'
import { createDeliveryLog } from './store/deliveries.ts'
import { createDurations } from './store/durations.ts'
import { createTestReader } from './test-reports.ts'

/** What a process does: takes deliveries, works on tasks, or both. */
export type Roles = { receiver: boolean; worker: boolean }

export type Running = {
  /** Where it listens, with the port it got. */
  url: string
  /** Stops taking work, finishes what runs, leaves the rest for others. */
  close(): Promise<void>
}

/**
 * Starts the roles in this process: the one place where everything is wired together.
 *
 * @throws Error when the listener or the embedded Redis cannot start
 */
export async function start(env: Env, config: Config, roles: Roles, log: Logger): Promise<Running> {
  const embedded = env.redis ? null : await startEmbeddedRedis({ dataDir: env.dataDir, log })
  const description = env.redis ?? embedded?.description
  if (!description) throw new Error('there is no Redis to connect to')
  const producer = createRedis(description, 'producer', log)
  const store = createRedis(description, 'store', log)
  const blocking = createRedis(description, 'worker', log)

  const metrics = createMetrics()
  const gitlab = createGitLab({
    url: env.gitlab.url,
    token: env.gitlab.token,
    log,
    redis: store,
    metrics: ({ method, route, status, seconds, rateLimitRemaining }) => {
      metrics.gitlabCalls.observe({ method, route, status: status ?? 'none' }, seconds)
      if (rateLimitRemaining !== null) metrics.rateLimit.set(rateLimitRemaining)
    },
  })
  const identity = createIdentity(gitlab.reader, log)
  const reactions = createReactions(config.configFor)
  const queues = createQueues({ redis: producer, reactions, log })
  addQueueMetrics(metrics, queues.counts)
  const decisions = createDecisionStore(store)

  const workers = roles.worker
    ? startWorkers({
        redis: blocking,
        reactions,
        metrics,
        log,
        decisions,
        readers: {
          gitlab: gitlab.reader,
          tests: createTestReader(gitlab.reader),
          durations: createDurations(store, gitlab.reader),
          now: Date.now,
        },
        perform: {
          reader: gitlab.reader,
          writer: gitlab.writer,
          redis: store,
          botUserId: async () => (await identity.read()).id,
          now: Date.now,
        },
        isDryRun: (project) => config.configFor(project).dryRun,
      })
    : null
  const receiver = roles.receiver
    ? createReceiver({
        reactions,
        verifier: createVerifier({ secrets: env.gitlab.webhookSecrets, signingTokens: env.gitlab.signingTokens }),
        enqueue: queues.add,
        deliveries: createDeliveryLog(producer),
        serves: config.serves,
        botUserId: () => identity.known()?.id ?? null,
        metrics,
        log,
      })
    : null
  const needs = createNeeds({ redis: producer, identity, queues, workers })
  const { host, port, dashboardToken } = env
  const server = await listen({ host, port, dashboardToken, needs, metrics, decisions, receiver })
  log.info(
    { url: server.url, roles, config: config.file ?? 'defaults', redis: embedded ? 'embedded' : 'REDIS_URL' },
    'started',
  )

  return {
    url: server.url,
    async close() {
      await server.close()
      await workers?.close()
      identity.close()
      await queues.close()
      await gitlab.close()
      for (const redis of [producer, store, blocking]) redis.disconnect()
      await embedded?.stop()
      log.info('stopped')
    },
  }
}
