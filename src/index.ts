import type { Logger } from 'pino'
import type { Env } from '../config/env.ts'
import type { Config } from '../config/load.ts'
import { startWorkers } from '../workers/index.ts'
import { createReceiver } from './app.ts'
import { listen } from './http.ts'
import { createNeeds, createWarnings } from './needs.ts'
import { createFlakyTestsSource } from './pages/flaky-source.ts'
import { createVerifier } from './receiver/credentials.ts'
import { readyWithin } from './redis/ready.ts'
import { createServices, createTaskDeps, type Services } from './services.ts'
import { createDeliveryLog } from './store/deliveries.ts'

/** What a process does: takes deliveries, works on tasks, or both. */
export type Roles = { receiver: boolean; worker: boolean }

export type Running = {
  /** Where it listens, with the port it got. */
  url: string
  /** Stops taking work, finishes what runs, leaves the rest for others. */
  close(): Promise<void>
}

/** While Redis is away longer, probes are answered and deliveries are refused. */
const redisPatienceMs = 2_000

/**
 * Starts the roles in this process.
 *
 * @throws Error when the listener or the embedded Redis cannot start
 */
export async function start(env: Env, config: Config, roles: Roles, log: Logger): Promise<Running> {
  const services = await createServices(env, config, log)
  const { redis } = services
  const workers = roles.worker ? workersOf(config, services, log) : null
  // GitLab sends a delivery once: none is taken before it can be kept.
  await readyWithin(redis.producer, redisPatienceMs)
  const server = await listen({
    host: env.host,
    port: env.port,
    dashboardToken: env.dashboardToken,
    metrics: services.metrics,
    decisions: services.decisions,
    failedTasks: services.failedTasks,
    flakyTests: createFlakyTestsSource({ ...services, gitlab: services.gitlab.reader, config }),
    needs: createNeeds({ ...services, redis: redis.producer, workers }),
    warnings: createWarnings(services.slack?.trouble ?? null),
    receiver: roles.receiver ? receiverOf(env, config, services, log) : null,
  }).catch(async (error) => {
    await workers?.close()
    await services.close()
    throw error
  })
  const { url } = server
  log.info(
    { url, roles, config: config.file ?? 'defaults', redis: redis.isEmbedded ? 'embedded' : 'external' },
    'started',
  )
  return {
    url,
    async close() {
      // At once, so that no task is begun while a slow sender is waited for.
      await Promise.all([server.close(), workers?.close()])
      await services.close()
      log.info('stopped')
    },
  }
}

const workersOf = (config: Config, services: Services, log: Logger) =>
  startWorkers({
    ...createTaskDeps(services, config, log),
    redis: services.redis.worker,
    reactions: services.reactions,
    metrics: services.metrics,
    queues: services.queues,
  })

function receiverOf({ gitlab }: Env, config: Config, services: Services, log: Logger) {
  const { redis, reactions, queues, identity, metrics } = services
  return createReceiver({
    reactions,
    verifier: createVerifier({ secrets: gitlab.webhookSecrets, signingTokens: gitlab.signingTokens }),
    enqueue: queues.add,
    deliveries: createDeliveryLog(redis.producer),
    serves: config.serves,
    botUserId: () => identity.known()?.id ?? null,
    metrics,
    log,
  })
}
