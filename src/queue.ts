import { type JobsOptions, Queue } from 'bullmq'
import type { Logger } from 'pino'
import type { GitLabEvent } from './event.ts'
import type { Debounce, Reaction } from './reaction.ts'
import type { RedisClient } from './redis/connect.ts'
import { queuePrefix } from './redis/keys.ts'
import { createInbox, type Inbox } from './store/inbox.ts'
import { retentionSeconds } from './store/retention.ts'

/** What waits in Redis: only what identifies the fact, never a whole payload, never a secret. */
export type Task = { event: GitLabEvent }

/** Also in a reaction's queue: to look for what no event tells. */
export type SweepTask = { sweep: true }

const sweepName = 'sweep'
const sweepTask: { name: string; data: SweepTask } = { name: sweepName, data: { sweep: true } }
const eventsKept = 100
const notKept = { removeOnComplete: true, removeOnFail: true }

/** Waits before the second to the sixth attempt; then the task rests in the failed set. */
export const retryDelays = [1_000, 5_000, 25_000, 90_000, 180_000] as const

const failedTasksKept = { age: retentionSeconds, count: 10_000 }

/**
 * A finished task goes at once, since its decision is what is remembered. Deduplication is by fact and ends with the
 * task: a failed one must not block a new one, as it would with a task id of our own.
 */
const taskOptions = (reaction: Reaction, event: GitLabEvent, debounce: Debounce | null): JobsOptions => ({
  attempts: retryDelays.length + 1,
  backoff: { type: 'custom' },
  removeOnComplete: true,
  removeOnFail: failedTasksKept,
  // It is in the log; six of them are larger than all the rest of a failed task.
  stackTraceLimit: 0,
  // A task that still waits for more of its subject makes way for the new one, which waits from now on.
  deduplication: debounce ? { id: debounce.subject, replace: true } : { id: reaction.fact(event) },
  ...delayOf(debounce?.ms ?? reaction.settle?.(event) ?? 0),
})

const delayOf = (delay: number): { delay?: number } => (delay > 0 ? { delay } : {})

type TaskQueue = Queue<Task | SweepTask>

type QueueDeps = { redis: RedisClient; log: Logger }

/** One queue for each reaction, so that no flood of one delays another. */
export function createQueues({ reactions, ...deps }: QueueDeps & { reactions: readonly Reaction[] }) {
  const inbox = createInbox(deps.redis)
  const queues = new Map(reactions.map(({ name }) => [name, createQueue(name, deps)]))
  return {
    /** Resolves once Redis has a task for each of the woken reactions. */
    async add(event: GitLabEvent, woken: readonly Reaction[]): Promise<void> {
      await Promise.all(woken.map((reaction) => addTask(reaction, event, queues.get(reaction.name), inbox)))
    },
    /** Once for any number of workers that ask for it, now and then every so many milliseconds. */
    async scheduleSweep(reaction: string, every: number): Promise<void> {
      const queue = queues.get(reaction)
      await queue?.upsertJobScheduler(
        sweepName,
        { every, startDate: Date.now() + every },
        { ...sweepTask, opts: notKept },
      )
      await queue?.add(sweepName, sweepTask.data, { ...notKept, deduplication: { id: sweepName } })
    },
    /** Tasks by reaction and state, for metrics and probes. */
    counts: () => Promise.all([...queues].map(countTasks)),
    withoutWorkers: () => withoutWorkers(queues),
    /** By the name of their reaction, to look into. */
    all: queues as ReadonlyMap<string, TaskQueue>,
    close: async () => void (await Promise.all([...queues.values()].map((queue) => queue.close()))),
  }
}

export type Queues = ReturnType<typeof createQueues>

function createQueue(name: string, { redis, log }: QueueDeps): TaskQueue {
  const queue: TaskQueue = new Queue(name, {
    connection: redis,
    prefix: queuePrefix(name),
    // Nobody reads what BullMQ tells of each task; it would keep 10,000 entries of it for each queue.
    streams: { events: { maxLen: eventsKept } },
  })
  queue.on('error', (error) => log.debug({ queue: name, error: error.message }, 'queue error'))
  return queue
}

async function addTask(reaction: Reaction, event: GitLabEvent, queue: TaskQueue | undefined, inbox: Inbox) {
  const debounce = reaction.debounce?.(event) ?? null
  // First the event, then the task that will look for it.
  if (debounce) await inbox.add(debounce.subject, event)
  await queue?.add(event.kind, { event }, taskOptions(reaction, event, debounce))
}

async function countTasks([reaction, queue]: [string, TaskQueue]) {
  const counts: Record<string, number> = await queue.getJobCounts('waiting', 'active', 'delayed', 'failed')
  return { reaction, counts }
}

/** Names of the reactions that no process works on. Where Redis keeps its list of clients to itself, none. */
async function withoutWorkers(queues: ReadonlyMap<string, TaskQueue>): Promise<string[]> {
  const counts = await Promise.all(
    [...queues].map(async ([name, queue]) => ({ name, workers: await queue.getWorkersCount().catch(() => 1) })),
  )
  return counts.filter(({ workers }) => workers === 0).map(({ name }) => name)
}
