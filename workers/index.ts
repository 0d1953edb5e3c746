import { DelayedError, type Job as QueuedTask, UnrecoverableError, Worker } from 'bullmq'
import { NotYetError, RefusedError } from '../src/errors.ts'
import type { GitLabEvent } from '../src/event.ts'
import { GitLabError, isRefusal } from '../src/gitlab/errors.ts'
import type { Metrics, TaskOutcome } from '../src/metrics.ts'
import { type Queues, retryDelays, type SweepTask, type Task } from '../src/queue.ts'
import type { Reaction } from '../src/reaction.ts'
import type { RedisClient } from '../src/redis/connect.ts'
import { queuePrefix } from '../src/redis/keys.ts'
import { runTask, type TaskDeps } from '../src/task.ts'
import { runSweep, startSweeps } from './sweeps.ts'

export type WorkersDeps = TaskDeps & {
  redis: RedisClient
  reactions: readonly Reaction[]
  metrics: Metrics
  queues: Pick<Queues, 'add' | 'scheduleSweep'>
}

/** Reactions wait for the network, so one process works on many tasks at once. */
const concurrency = 50

/**
 * A task whose worker died is taken over within lock + check = 13 s. BullMQ gives a task up at its second stall unless
 * told otherwise, and then it is lost; a poisonous task is caught by the number of its starts instead.
 */
const takeover = { lockDuration: 9_000, stalledInterval: 4_000, maxStalledCount: 1_000, maxStartedAttempts: 1_000 }

/** One BullMQ Worker for each reaction. */
export function startWorkers(deps: WorkersDeps) {
  const workers = deps.reactions.map((reaction) => startWorker(reaction, deps))
  const sweeps = startSweeps(deps)
  return {
    isRunning: () => workers.every((worker) => worker.isRunning()),
    /** Stops taking tasks and waits for those that run. */
    close: async () => {
      sweeps.stop()
      // Without Redis nothing that runs can come to its end, and to wait for it would be in vain.
      const inVain = deps.redis.status !== 'ready'
      await Promise.all(workers.map((worker) => worker.close(inVain)))
    },
  }
}

export type Workers = ReturnType<typeof startWorkers>

function startWorker(reaction: Reaction, deps: WorkersDeps) {
  const worker = new Worker<Task | SweepTask>(reaction.name, (task, token) => work(reaction, task, token, deps), {
    connection: deps.redis,
    prefix: queuePrefix(reaction.name),
    concurrency,
    ...takeover,
    settings: { backoffStrategy: (attemptsMade) => retryDelays[attemptsMade - 1] ?? retryDelays.at(-1) ?? 0 },
  })
  // Outages of Redis are logged once by the connection; without a listener they would end the process.
  worker.on('error', (error) => deps.log.debug({ reaction: reaction.name, error: error.message }, 'worker error'))
  return worker
}

type Queued = QueuedTask<Task | SweepTask>

const work = (reaction: Reaction, task: Queued, token: string | undefined, deps: WorkersDeps) =>
  'sweep' in task.data ? runSweep(reaction, deps) : workOn(reaction, task, task.data, token, deps)

async function workOn(reaction: Reaction, task: Queued, { event }: Task, token: string | undefined, deps: WorkersDeps) {
  const count = (outcome: TaskOutcome) => deps.metrics.tasks.inc({ reaction: reaction.name, outcome })
  try {
    // From here on a further event gets a task of its own, and does not replace this one.
    if (reaction.debounce?.(event)) await task.removeDeduplicationKey()
    const outcome = await runTask(reaction, event, deps, task.attemptsStarted <= 1)
    count(outcome)
    if (outcome === 'acted') deps.metrics.latency.observe({ reaction: reaction.name }, (Date.now() - event.at) / 1000)
  } catch (error) {
    const delay = delayOf(error)
    if (delay !== null) {
      count('put_off')
      await task.moveToDelayed(Date.now() + delay, token)
      throw new DelayedError()
    }
    throw failed(reaction, task, event, error, deps, count)
  }
}

/** Waiting uses up no attempt: GitLab said when, or what is waited for takes its time. */
function delayOf(error: unknown): number | null {
  if (error instanceof NotYetError) return error.delayMs
  if (error instanceof GitLabError && error.kind === 'rate_limited') return error.retryAfter ?? 60_000
  return null
}

function failed(
  reaction: Reaction,
  task: Queued,
  event: GitLabEvent,
  error: unknown,
  deps: WorkersDeps,
  count: (outcome: TaskOutcome) => void,
): Error {
  const reason = error instanceof Error ? error : new Error(String(error))
  const final = reason instanceof RefusedError || isRefusal(reason) || task.attemptsMade >= retryDelays.length
  count(final ? 'failed' : 'retried')
  const about = {
    reaction: reaction.name,
    event,
    error: reason.message,
    attempt: task.attemptsMade + 1,
  }
  if (!final) {
    deps.log.warn({ ...about, cause: reason.cause }, 'task failed, tried again later')
    return reason
  }
  deps.log.error({ ...about, stack: reason.stack }, 'task failed for good and rests in the failed set')
  return new UnrecoverableError(reason.message)
}
