import { NotYetError } from './errors.ts'
import type { GitLabEvent } from './event.ts'
import type { Debounce } from './reaction.ts'
import type { RedisClient } from './redis/connect.ts'
import { key } from './redis/keys.ts'
import { withLock } from './redis/lock.ts'
import type { SavedDecision } from './store/decisions.ts'
import { createInbox } from './store/inbox.ts'

/** Events that are decided about together. */
export type Batch = {
  /** In the order of their arrival. */
  events: readonly GitLabEvent[]
  /** To be called once the decision about them is saved. */
  taken(): Promise<void>
}

export const batchOf = (event: GitLabEvent): Batch => ({ events: [event], taken: async () => undefined })

/** A put-off task looks again no sooner than this. */
const shortestWaitMs = 50

type Deps = { redis: RedisClient; now(): number }

/**
 * Gives `work` all events of the subject that nobody decided about yet, to one worker at a time.
 *
 * No event is lost: it is in the inbox before its task is queued, leaves it only once a decision about it is saved, and
 * a task that finds a younger event there waits like that event's own task, which may have died.
 *
 * @param saved what this task decided in an earlier try
 * @returns null when another task has taken everything
 * @throws NotYetError while younger events are still waited for, or another worker is at it
 */
export function withBatch<Result>(
  debounce: Debounce,
  event: GitLabEvent,
  deps: Deps,
  readSaved: () => Promise<Pick<SavedDecision, 'batch'> | null>,
  work: (batch: Batch) => Promise<Result>,
): Promise<Result | null> {
  const { id: project } = event.project
  const lock = key(`p${project}`, 'batch-lock', debounce.subject)
  return withLock(deps.redis, lock, { ttl: 10_000, wait: 1_000 }, async () => {
    const batch = await nextBatch(debounce, event, deps, await readSaved())
    return batch && work(batch)
  })
}

async function nextBatch(
  { subject, ms }: Debounce,
  event: GitLabEvent,
  { redis, now }: Deps,
  saved: Pick<SavedDecision, 'batch'> | null,
): Promise<Batch | null> {
  const inbox = createInbox(redis)
  const { id: project } = event.project
  if (saved) {
    // Saved, but the worker may have died before it took the events out, or the event was delivered again since.
    await inbox.remove(subject, project, [...(saved.batch ?? []), event])
    return batchOf(event)
  }
  const events = await inbox.waiting(subject, project)
  if (events.length === 0) return null
  const left = leftToWait(events, event, ms, now())
  if (left > 0) throw new NotYetError('more may follow', Math.max(left, shortestWaitMs))
  return { events, taken: () => inbox.remove(subject, project, events) }
}

/** Milliseconds; the youngest event's own task never waits, whatever the clocks of two machines say. */
function leftToWait(events: readonly GitLabEvent[], event: GitLabEvent, ms: number, now: number): number {
  const youngest = events.at(-1)
  if (!youngest || youngest.at <= event.at) return 0
  return Math.min(youngest.at + ms - now, ms)
}

/**
 * The youngest event that nobody decided about and whose own task may have made way for one that had nothing left to do:
 * played jobs make a pipeline tell what it told before.
 *
 * @throws NotYetError while younger events are still waited for
 */
export async function leftBehind(
  { subject, ms }: Debounce,
  { project }: GitLabEvent,
  { redis, now }: Deps,
): Promise<GitLabEvent | null> {
  const youngest = (await createInbox(redis).waiting(subject, project.id)).at(-1) ?? null
  const left = youngest === null ? 0 : Math.min(youngest.at + ms - now(), ms)
  if (left > 0) throw new NotYetError('more may follow', Math.max(left, shortestWaitMs))
  return youngest
}
