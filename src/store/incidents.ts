import type { Incident, Place, Telling, Thread } from '../incident.ts'
import type { RedisClient } from '../redis/connect.ts'
import { withLock } from '../redis/lock.ts'
import { dueKey, incidentsLock, keptSeconds, recordsKey, shownKey } from './incident-keys.ts'
import { type IncidentRecord, withTelling } from './threads.ts'

/** How an incident was remembered; `outdated`: it is not any more what the decision was made from. */
export type Remembered = 'done' | 'already so' | 'outdated'

const dueAtOnce = 100
const lookAgainMs = 600_000

const memberOf = ({ project, subject, destination }: Place) => JSON.stringify([project, subject, destination])

function placeOf(member: string): Place {
  const [project, subject, destination] = JSON.parse(member) as [number, string, string]
  return { project, subject, destination }
}

type Due = { place: Place; incident: Incident }

/** Incidents, what is to be told of them, and when to look at them again. */
export const createIncidentStore = (redis: RedisClient) => ({
  /** By destination. */
  async of(project: number, subject: string): Promise<{ [destination: string]: Incident }> {
    const all = await redis.hgetall(recordsKey({ project, subject }))
    return Object.fromEntries(
      Object.entries(all).map(([destination, text]) => [destination, (JSON.parse(text) as IncidentRecord).incident]),
    )
  },
  incident: async (place: Place): Promise<Incident | null> => (await read(redis, place))?.incident ?? null,
  /** What is to be told at a place, oldest first, and the number of the thread of what is red there now. */
  async toTell(place: Place): Promise<{ threads: Thread[]; red: number | null }> {
    const known = await read(redis, place)
    return { threads: known?.threads ?? [], red: known?.incident.state === 'red' ? known.incident.thread : null }
  },
  /**
   * Takes the next revision, if it is the next one. One writer at a time for each subject.
   *
   * @param at when it was decided, in milliseconds since the epoch
   */
  remember: (place: Place, next: Incident, telling: Telling | null, at: number): Promise<Remembered> =>
    withLock(redis, incidentsLock(place), { ttl: 10_000, wait: 5_000 }, async () => {
      const known = await read(redis, place)
      if (known?.incident.by === next.by && known.incident.revision === next.revision) return 'already so'
      if ((known?.incident.revision ?? 0) !== next.revision - 1) return 'outdated'
      await write(redis, place, withTelling(known, next, telling, at))
      return 'done'
    }),
  /** What is to be looked at, the longest due first; it is not found again for ten minutes, unless it is due then. */
  async takeDue(now: number): Promise<Due[]> {
    const places = (await redis.zrangebyscore(dueKey, 0, now, 'LIMIT', 0, dueAtOnce)).map(placeOf)
    return (await Promise.all(places.map((place) => take(redis, place, now)))).flat()
  },
})

async function read(redis: RedisClient, place: Place): Promise<IncidentRecord | null> {
  const text = await redis.hget(recordsKey(place), place.destination)
  return text === null ? null : (JSON.parse(text) as IncidentRecord)
}

async function write(redis: RedisClient, place: Place, record: IncidentRecord): Promise<void> {
  const name = recordsKey(place)
  const { due } = record.incident
  await redis.hset(name, place.destination, JSON.stringify(record))
  // As long as there are threads, what Slack shows of them has to be known: else they would be posted again.
  await Promise.all([name, shownKey(place)].map((each) => redis.expire(each, keptSeconds)))
  if (due === null) await redis.zrem(dueKey, memberOf(place))
  else await redis.zadd(dueKey, due, memberOf(place))
}

async function take(redis: RedisClient, place: Place, now: number): Promise<Due[]> {
  const known = await read(redis, place)
  if (known) await redis.zadd(dueKey, 'XX', now + lookAgainMs, memberOf(place))
  else await redis.zrem(dueKey, memberOf(place))
  return known ? [{ place, incident: known.incident }] : []
}
