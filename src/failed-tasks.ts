import type { Queue } from 'bullmq'
import type { GitLabEvent } from './event.ts'
import { asId } from './json.ts'
import type { SweepTask, Task } from './queue.ts'
import type { Reaction } from './reaction.ts'
import type { DecisionStore } from './store/decisions.ts'

/** A task that was given up, as it rests in the failed set of its reaction. */
export type FailedTask = {
  reaction: string
  /** Unique within the reaction. */
  id: string
  /** When the last attempt ended, in milliseconds since the epoch. */
  at: number
  attempts: number
  /** Why the last attempt failed. */
  error: string
  event: GitLabEvent
  /** What was decided before it failed; null: nothing yet. */
  decision: { because: string; facts: unknown } | null
}

export type FailedTasksFilter = { reaction?: string; limit?: number }

type FailedTasksDeps = {
  queues: ReadonlyMap<string, Queue<Task | SweepTask>>
  reactions: readonly Pick<Reaction, 'name' | 'fact'>[]
  decisions: Pick<DecisionStore, 'load'>
}

/** A task that is retried gets as many attempts as a new one. */
const anew = { resetAttemptsMade: true }
const retriedTogether = 100

/** The tasks that were given up: to look at, and to try again once the reason is mended. */
export function createFailedTasks({ queues, reactions, decisions }: FailedTasksDeps) {
  const chosen = (reaction: string | undefined) =>
    [...queues].filter(([name]) => reaction === undefined || name === reaction)

  async function retry(reaction: string, id: string): Promise<boolean> {
    const task = asId(id) === null ? undefined : await queues.get(reaction)?.getJob(id)
    if (!task || !(await task.isFailed())) return false
    return task.retry('failed', anew).then(
      () => true,
      async (error) => {
        // Somebody else was faster.
        if (!(await task.isFailed())) return false
        throw error
      },
    )
  }

  async function retryQueue(reaction: string, queue: Queue): Promise<number> {
    // What fails again meanwhile is not taken a second time.
    const ids = await queue.getRanges(['failed'], 0, -1)
    let retried = 0
    for (let start = 0; start < ids.length; start += retriedTogether) {
      const some = ids.slice(start, start + retriedTogether)
      const results = await Promise.all(some.map((id) => retry(reaction, id)))
      retried += results.filter(Boolean).length
    }
    return retried
  }

  return {
    reactions: [...queues.keys()],
    /** Newest first. */
    async list({ reaction, limit = 100 }: FailedTasksFilter = {}): Promise<FailedTask[]> {
      const lists = await Promise.all(chosen(reaction).map(([name, queue]) => newestOf(name, queue, limit)))
      const newest = lists.flat().sort((one, other) => other.at - one.at)
      return Promise.all(newest.slice(0, limit).map((task) => withDecision(task, { reactions, decisions })))
    },
    /** @returns false where no such task rests in the failed set */
    retry,
    /** @returns how many tasks wait again */
    async retryAll(reaction?: string): Promise<number> {
      const counts = await Promise.all(chosen(reaction).map(([name, queue]) => retryQueue(name, queue)))
      return counts.reduce((sum, count) => sum + count, 0)
    },
  }
}

export type FailedTasks = ReturnType<typeof createFailedTasks>

async function newestOf(reaction: string, queue: Queue<Task | SweepTask>, limit: number) {
  const tasks = await queue.getFailed(0, limit - 1)
  return tasks.flatMap(({ id, data, finishedOn, attemptsMade, failedReason }) =>
    id === undefined || 'sweep' in data
      ? []
      : [{ reaction, id, at: finishedOn ?? 0, attempts: attemptsMade, error: failedReason, event: data.event }],
  )
}

async function withDecision(
  task: Omit<FailedTask, 'decision'>,
  { reactions, decisions }: Pick<FailedTasksDeps, 'reactions' | 'decisions'>,
): Promise<FailedTask> {
  const fact = reactions.find(({ name }) => name === task.reaction)?.fact(task.event)
  const saved = fact === undefined ? null : await decisions.load(task.event.project.id, fact)
  return { ...task, decision: saved && { because: saved.because, facts: saved.facts } }
}
