import type { Logger } from 'pino'
import type { Env } from '../config/env.ts'
import type { Config } from '../config/load.ts'
import { createTestReaders } from '../workers/flaky-tests/results/create.ts'
import { TestThread } from '../workers/flaky-tests/results/test-thread.ts'
import { createReactions } from '../workers/reactions.ts'
import { createCoverageWork } from '../workers/undercoverage/reports/coverage-work.ts'
import type { GitLabEvent } from './event.ts'
import { createFailedTasks } from './failed-tasks.ts'
import { createGitLab, type GitLab } from './gitlab/index.ts'
import { withSharedReads } from './gitlab/shared-reads.ts'
import { createIdentity } from './identity.ts'
import { addQueueMetrics, createMetrics, type Metrics } from './metrics.ts'
import type { PerformDeps } from './perform/types.ts'
import { createQueues, type Queues } from './queue.ts'
import type { Reaction } from './reaction.ts'
import type { Readers } from './readers.ts'
import { createRedis, type RedisClient } from './redis/connect.ts'
import { startEmbeddedRedis } from './redis/embedded.ts'
import { createArtifactReader } from './reports/artifacts/reader.ts'
import { createSlack } from './slack/index.ts'
import { createDecisionStore } from './store/decisions.ts'
import { createDurations } from './store/durations.ts'
import { createIssueProjects } from './store/issue-projects.ts'
import { createMemory } from './store/memory.ts'
import { createTestMemory } from './store/tests/read.ts'
import { createWaitingStatuses } from './store/waiting-statuses.ts'
import type { TaskDeps } from './task.ts'

/**
 * What every role stands on: Redis, GitLab, the reactions and their queues.
 *
 * @throws Error when the embedded Redis cannot start
 */
export async function createServices(env: Env, config: Config, log: Logger) {
  const redis = await connectRedis(env, log)
  const metrics = createMetrics()
  const gitlab = connectGitLab(env, redis.store, metrics, log)
  const identity = createIdentity(gitlab.reader, log)
  const slack = createSlack({
    env: env.slack,
    redis: redis.store,
    log,
    count: (code) => metrics.slackRefusals.inc({ code }),
  })
  const reactions = createReactions(config.configFor, slack?.memory ?? null)
  const queues = createQueues({ redis: redis.producer, reactions, log })
  addQueueMetrics(metrics, queues.counts)
  const decisions = createDecisionStore(redis.store)
  const failedTasks = createFailedTasks({ queues: queues.all, reactions, decisions })
  const thread = new TestThread()
  const coverage = createCoverageWork()
  const history = createTestMemory(redis.store)
  return {
    redis,
    metrics,
    gitlab,
    identity,
    slack,
    reactions,
    queues,
    decisions,
    failedTasks,
    history,
    thread,
    coverage,
    async close() {
      identity.close()
      await thread.close()
      await coverage.close()
      await queues.close()
      await gitlab.close()
      await redis.close()
    },
  }
}

export type Services = Awaited<ReturnType<typeof createServices>>

/** A client for each way of waiting, all to one Redis; without REDIS_URL to one of our own. */
async function connectRedis(env: Env, log: Logger) {
  const embedded = env.redis ? null : await startEmbeddedRedis({ dataDir: env.dataDir, log })
  const description = env.redis ?? embedded?.description
  if (!description) throw new Error('there is no Redis to connect to')
  const producer = createRedis(description, 'producer', log)
  const store = createRedis(description, 'store', log)
  const worker = createRedis(description, 'worker', log)
  return {
    producer,
    store,
    worker,
    isEmbedded: embedded !== null,
    async close() {
      for (const client of [producer, store, worker]) client.disconnect()
      await embedded?.stop()
    },
  }
}

function connectGitLab({ gitlab: { url, token } }: Env, redis: RedisClient, metrics: Metrics, log: Logger): GitLab {
  return createGitLab({
    url,
    token,
    log,
    redis,
    metrics: ({ method, route, status, seconds, rateLimitRemaining }) => {
      metrics.gitlabCalls.observe({ method, route, status: status ?? 'none' }, seconds)
      if (rateLimitRemaining !== null) metrics.rateLimit.set(rateLimitRemaining)
    },
  })
}

/** What a task needs to be decided and performed. */
export function createTaskDeps(
  { redis, gitlab, identity, slack, decisions, reactions, queues, thread, coverage, history }: Services,
  config: Config,
  log: Logger,
): TaskDeps {
  const readers: Readers = {
    gitlab: withSharedReads(gitlab.reader),
    ...createTestReaders({
      gitlab: gitlab.reader,
      artifacts: createArtifactReader({ gitlab: gitlab.reader }),
      redis: redis.store,
      now: Date.now,
      thread,
      history,
    }),
    coverage,
    durations: createDurations(redis.store, gitlab.reader),
    memory: createMemory(redis.store),
    decisions: {
      ofMergeRequest: (project, mergeRequest, limit) => decisions.find({ project, mergeRequest, limit }),
      find: decisions.find,
    },
    waiting: createWaitingStatuses(redis.store),
    issueProjects: createIssueProjects(redis.store).all,
  }
  const perform: PerformDeps = {
    reader: gitlab.reader,
    writer: gitlab.writer,
    redis: redis.store,
    botUserId: async () => (await identity.read()).id,
    slack,
    wake: (name, event) => wake(reactions, queues, name, event),
    now: Date.now,
  }
  const isDryRun = (project: string) => config.configFor(project).dryRun
  return { decisions, readers, perform, log, isDryRun, serves: config.serves }
}

/** @returns false where there is no such reaction, or none that takes this kind of event */
async function wake(
  reactions: readonly Reaction[],
  queues: Queues,
  name: string,
  event: GitLabEvent,
): Promise<boolean> {
  const woken = reactions.filter((reaction) => reaction.name === name && reaction.on.includes(event.kind))
  await queues.add(event, woken)
  return woken.length > 0
}
