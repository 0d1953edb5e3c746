import type { Redis } from 'ioredis'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { batchOf, withBatch } from '../src/batch.ts'
import { OutdatedError } from '../src/errors.ts'
import type { MergeRequestEvent } from '../src/event.ts'
import type { SavedDecision } from '../src/store/decisions.ts'
import { createInbox } from '../src/store/inbox.ts'
import { createMemory } from '../src/store/memory.ts'
import { mergeRequestEvent } from './support/label-builders.ts'
import { startTestRedis, type TestRedis } from './support/redis.ts'

const subject = 'label-actions/41/6/labels'
const ms = 5_000
const start = Date.parse('2026-03-02T09:00:00Z')
const eventAt = (milliseconds: number, ...labels: string[]): MergeRequestEvent =>
  mergeRequestEvent({ at: start + milliseconds, labels })

let server: TestRedis
let redis: Redis

beforeAll(async () => {
  server = await startTestRedis()
  redis = server.client()
})
afterAll(() => server.stop())
beforeEach(() => redis.flushall())

const inbox = () => createInbox(redis)
const none = async () => null
const labelsOf = ({ events }: { events: readonly unknown[] }) =>
  (events as MergeRequestEvent[]).map(({ labels }) => labels[0])

/** What a task of this event gets to see, and whether it takes it. */
const look = (
  event: MergeRequestEvent,
  now: number,
  take = true,
  saved: () => Promise<Pick<SavedDecision, 'batch'> | null> = none,
) =>
  withBatch({ subject, ms }, event, { redis, now: () => start + now }, saved, async (batch) => {
    if (take) await batch.taken()
    return labelsOf(batch)
  })

describe('events of one subject', () => {
  it('are looked at together, in the order of their arrival', async () => {
    const events = [eventAt(0, 'a'), eventAt(10, 'b'), eventAt(20, 'c')]
    for (const event of events.toReversed()) await inbox().add(subject, event)
    expect(await look(eventAt(20, 'c'), 5_020)).toEqual(['a', 'b', 'c'])
    expect(await look(eventAt(20, 'c'), 5_020)).toBeNull()
  })

  it('wait for the youngest of them, but its own task does not, whatever the clocks say', async () => {
    for (const event of [eventAt(0, 'a'), eventAt(4_000, 'b')]) await inbox().add(subject, event)
    await expect(look(eventAt(0, 'a'), 5_000)).rejects.toMatchObject({ name: 'NotYetError', delayMs: 4_000 })
    await expect(look(eventAt(0, 'a'), -90_000)).rejects.toMatchObject({ delayMs: ms })
    expect(await look(eventAt(4_000, 'b'), -90_000)).toEqual(['a', 'b'])
  })

  it('are kept as long as their task may rest in the failed set, and be tried again', async () => {
    await inbox().add(subject, eventAt(0, 'a'))
    const [name = ''] = await redis.keys('*:inbox:*')
    expect(await redis.ttl(name)).toBeGreaterThan(29 * 86_400)
  })

  it('are taken by an older task when the youngest one lost its own', async () => {
    for (const event of [eventAt(0, 'a'), eventAt(4_000, 'b')]) await inbox().add(subject, event)
    expect(await look(eventAt(0, 'a'), 9_000)).toEqual(['a', 'b'])
  })

  it('stay until a decision about them is saved', async () => {
    await inbox().add(subject, eventAt(0, 'a'))
    expect(await look(eventAt(0, 'a'), 5_000, false)).toEqual(['a'])
    expect(await look(eventAt(0, 'a'), 5_000)).toEqual(['a'])
  })

  it('that arrive while others are looked at are left to a next task', async () => {
    await inbox().add(subject, eventAt(0, 'a'))
    const seen = await withBatch(
      { subject, ms },
      eventAt(0, 'a'),
      { redis, now: () => start + ms },
      none,
      async (batch) => {
        await inbox().add(subject, eventAt(5_100, 'b'))
        await batch.taken()
        return labelsOf(batch)
      },
    )
    expect(seen).toEqual(['a'])
    expect(await look(eventAt(5_100, 'b'), 10_100)).toEqual(['b'])
  })

  it('are not looked at again by the task that decided about them and died', async () => {
    const events = [eventAt(0, 'a'), eventAt(10, 'b')]
    for (const event of [...events, eventAt(20, 'c')]) await inbox().add(subject, event)
    const saved = { batch: events }
    expect(await look(eventAt(10, 'b'), 6_000, true, async () => saved)).toEqual(['b'])
    expect(await look(eventAt(20, 'c'), 6_000)).toEqual(['c'])
  })

  it('are looked at by one worker at a time', async () => {
    await inbox().add(subject, eventAt(0, 'a'))
    let running = 0
    const work = async () => {
      running += 1
      expect(running).toBe(1)
      await new Promise((resolve) => setTimeout(resolve, 50))
      running -= 1
    }
    const deps = { redis, now: () => start + ms }
    await Promise.all([1, 2, 3].map(() => withBatch({ subject, ms }, eventAt(0, 'a'), deps, none, work)))
  })

  it('of another subject are another matter', async () => {
    await inbox().add('label-actions/41/7/labels', eventAt(0, 'a'))
    expect(await look(eventAt(0, 'a'), 5_000)).toBeNull()
  })

  it('that is looked at alone is a batch of its own', async () => {
    const batch = batchOf(eventAt(0, 'a'))
    await batch.taken()
    expect(labelsOf(batch)).toEqual(['a'])
  })
})

describe('the memory', () => {
  const memory = () => createMemory(redis)

  it('of labels tells none from nothing, and keeps what two remember at the same time', async () => {
    expect(await memory().labels(41, 6)).toBeNull()
    await memory().remember(41, { kind: 'labels', mergeRequest: 6, add: [], remove: [] })
    expect(await memory().labels(41, 6)).toEqual([])
    await Promise.all(
      ['a', 'b'].map((label) =>
        memory().remember(41, { kind: 'labels', mergeRequest: 6, add: [label], remove: ['c'] }),
      ),
    )
    expect((await memory().labels(41, 6))?.toSorted()).toEqual(['a', 'b'])
    expect(await memory().labels(41, 7)).toBeNull()
  })

  it('of approvals is by commit', async () => {
    await memory().remember(41, { kind: 'approval', mergeRequest: 6, sha: 'abc', state: 'partly' })
    expect(await memory().approval(41, 6, 'abc')).toBe('partly')
    expect(await memory().approval(41, 6, 'def')).toBeNull()
  })

  it('of commands counts each once, and only those of the last hour', async () => {
    const hour = 3_600_000
    for (const [note, at] of [
      [1, start],
      [2, start + hour],
      [2, start + hour],
      [3, start + hour + 1],
    ] as const) {
      await memory().remember(41, { kind: 'command', user: 11, note, at, since: at - hour, atMost: 30 })
    }
    expect(await memory().commands(11, start + 1)).toBe(2)
    expect(await memory().commands(12, start)).toBe(0)
  })

  it('of commands takes no more than allowed, however many come at the same moment', async () => {
    const limit = { since: start - 3_600_000, atMost: 2 }
    const give = (note: number) => memory().remember(41, { kind: 'command', user: 12, note, at: start, ...limit })
    const given = await Promise.allSettled([1, 2, 3, 4, 5].map(give))
    expect(given.filter(({ status }) => status === 'fulfilled')).toHaveLength(2)
    expect(await memory().commands(12, 0)).toBe(2)
    await give(1)
    await expect(give(6)).rejects.toThrow(OutdatedError)
  })
})
