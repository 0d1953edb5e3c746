import { randomUUID } from 'node:crypto'
import type { Place } from '../incident.ts'
import type { RedisClient } from '../redis/connect.ts'
import { channelsKey, keptSeconds, postingKey, shownKey } from './incident-keys.ts'
import { mostKept } from './threads.ts'

/** What was told so far of a thread: how much of it Slack shows. */
export type Shown = {
  number: number
  channel: string
  /** null: somebody deleted the card. */
  ts: string | null
  version: number
  /** The number of the last reply. */
  replies: number
}

/** That a message is being posted. */
export type Attempt = {
  /** What the message is recognized by; nobody else's has the same. */
  id: string
  /** When it was first tried, in milliseconds since the epoch. */
  at: number
}

/** Longer than anything is tried again. */
const attemptSeconds = 2 * 86_400

/** What Slack shows of what was to be told. One writer at a time for each place. */
export function createShownStore(redis: RedisClient) {
  return {
    async shown(place: Place): Promise<Shown[]> {
      const text = await redis.hget(shownKey(place), place.destination)
      return text === null ? [] : (JSON.parse(text) as Shown[])
    },
    async show(place: Place, shown: readonly Shown[]): Promise<void> {
      const name = shownKey(place)
      await redis.hset(name, place.destination, JSON.stringify(shown.slice(-mostKept)))
      await redis.expire(name, keptSeconds)
    },
    /**
     * To be called before a message is posted.
     *
     * @returns the attempt, and whether there was an earlier one of which nobody knows how it ended
     */
    async attempt(place: Place, name: string, at: number): Promise<Attempt & { again: boolean }> {
      const where = postingKey(place, name)
      const fresh: Attempt = { id: randomUUID(), at }
      if ((await redis.set(where, JSON.stringify(fresh), 'EX', attemptSeconds, 'NX')) === 'OK')
        return { ...fresh, again: false }
      const earlier = await redis.get(where)
      return earlier === null ? { ...fresh, again: false } : { ...(JSON.parse(earlier) as Attempt), again: true }
    },
    /** Slack did not take the message. */
    refused: async (place: Place, name: string): Promise<void> => void (await redis.del(postingKey(place, name))),
    /** @returns null for one that nothing was posted to yet */
    channelId: (name: string): Promise<string | null> => redis.hget(channelsKey, name),
    rememberChannel: async (name: string, id: string): Promise<void> => void (await redis.hset(channelsKey, name, id)),
  }
}

export type ShownStore = ReturnType<typeof createShownStore>
