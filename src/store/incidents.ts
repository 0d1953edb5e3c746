import { createHash } from 'node:crypto'
import type { Incident, Place, Telling, Thread } from '../incident.ts'
import type { RedisClient } from '../redis/connect.ts'
import { key } from '../redis/keys.ts'
import { withLock } from '../redis/lock.ts'

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

/** How an incident was remembered; `outdated`: it is not any more what the decision was made from. */
export type Remembered = 'done' | 'already so' | 'outdated'

/** All that is known of a place. */
type Record = { incident: Incident; threads: Thread[]; lastThread: number; lastReply: number }

const keptSeconds = 90 * 86_400
/** What Slack was not told within so many threads or replies is not worth telling any more. */
const threadsKept = 10
const repliesKept = 10

const dueAtOnce = 100
const lookAgainMs = 600_000

/** Branch names may hold what a key may not, and subjects are as long as people like. */
export const hash = (text: string): string => createHash('sha256').update(text).digest('base64url').slice(0, 22)

const recordsKey = ({ project, subject }: Omit<Place, 'destination'>) => key(`p${project}`, 'incidents', hash(subject))
const shownKey = ({ project, subject }: Place) => key(`p${project}`, 'incidents-shown', hash(subject))
const lockKey = ({ project, subject }: Place) => key(`p${project}`, 'incidents-lock', hash(subject))
const dueKey = key('incidents', 'due')

/** Where somebody is telling Slack of a place: one at a time. */
export const tellingLock = ({ project, subject, destination }: Place): string =>
  key(`p${project}`, 'incidents-telling', hash(subject), hash(destination))

const memberOf = ({ project, subject, destination }: Place) => JSON.stringify([project, subject, destination])

function placeOf(member: string): Place {
  const [project, subject, destination] = JSON.parse(member) as [number, string, string]
  return { project, subject, destination }
}

/** Incidents, what is to be told of them, and when to look at them again. */
export function createIncidentStore(redis: RedisClient) {
  async function record(place: Place): Promise<Record | null> {
    const text = await redis.hget(recordsKey(place), place.destination)
    return text === null ? null : (JSON.parse(text) as Record)
  }

  async function write(place: Place, { incident, ...rest }: Record): Promise<void> {
    const name = recordsKey(place)
    await redis.hset(name, place.destination, JSON.stringify({ incident, ...rest }))
    // As long as there are threads, what Slack shows of them has to be known: else they would be posted again.
    await Promise.all([name, shownKey(place)].map((each) => redis.expire(each, keptSeconds)))
    if (incident.due === null) await redis.zrem(dueKey, memberOf(place))
    else await redis.zadd(dueKey, incident.due, memberOf(place))
  }

  async function take(place: Place, now: number): Promise<{ place: Place; incident: Incident }[]> {
    const known = await record(place)
    if (known) await redis.zadd(dueKey, 'XX', now + lookAgainMs, memberOf(place))
    else await redis.zrem(dueKey, memberOf(place))
    return known ? [{ place, incident: known.incident }] : []
  }

  return {
    /** By destination. */
    async of(project: number, subject: string): Promise<{ [destination: string]: Incident }> {
      const all = await redis.hgetall(recordsKey({ project, subject }))
      return Object.fromEntries(
        Object.entries(all).map(([destination, text]) => [destination, (JSON.parse(text) as Record).incident]),
      )
    },
    incident: async (place: Place): Promise<Incident | null> => (await record(place))?.incident ?? null,
    threads: async (place: Place): Promise<Thread[]> => (await record(place))?.threads ?? [],
    /** Takes the next revision, if it is the next one. One writer at a time for each subject. */
    remember: (place: Place, next: Incident, telling: Telling | null): Promise<Remembered> =>
      withLock(redis, lockKey(place), { ttl: 10_000, wait: 5_000 }, async () => {
        const known = await record(place)
        if (known?.incident.by === next.by && known.incident.revision === next.revision) return 'already so'
        if ((known?.incident.revision ?? 0) !== next.revision - 1) return 'outdated'
        await write(place, withTelling(known, next, telling))
        return 'done'
      }),
    async shown(place: Place): Promise<Shown[]> {
      const text = await redis.hget(shownKey(place), place.destination)
      return text === null ? [] : (JSON.parse(text) as Shown[])
    },
    async show(place: Place, shown: readonly Shown[]): Promise<void> {
      const name = shownKey(place)
      await redis.hset(name, place.destination, JSON.stringify(shown.slice(-threadsKept)))
      await redis.expire(name, keptSeconds)
    },
    /** What is to be looked at, the longest due first; it is not found again for ten minutes, unless it is due then. */
    async takeDue(now: number): Promise<{ place: Place; incident: Incident }[]> {
      const places = (await redis.zrangebyscore(dueKey, 0, now, 'LIMIT', 0, dueAtOnce)).map(placeOf)
      return (await Promise.all(places.map((place) => take(place, now)))).flat()
    },
  }
}

export type IncidentStore = ReturnType<typeof createIncidentStore>

/** The same facts lead to the same threads: nothing here asks for the time or for chance. */
function withTelling(known: Record | null, next: Incident, telling: Telling | null): Record {
  const { threads = [], lastThread = 0, lastReply = 0 } = known ?? {}
  if (!telling) return { incident: next, threads, lastThread, lastReply }
  const reply = telling.reply ? [{ number: lastReply + 1, message: telling.reply }] : []
  const counted = lastReply + reply.length
  if (telling.thread === 'current') {
    const changed = threads.map((thread) => (thread.number === next.thread ? goOn(thread, telling, reply) : thread))
    return { incident: next, threads: changed, lastThread, lastReply: counted }
  }
  if (!telling.card) return { incident: next, threads, lastThread, lastReply }
  const number = lastThread + 1
  const opened: Thread = { number, version: 1, card: telling.card, replies: reply }
  const incident = telling.thread === 'open' ? { ...next, thread: number } : next
  return { incident, threads: [...threads, opened].slice(-threadsKept), lastThread: number, lastReply: counted }
}

const goOn = (thread: Thread, { card }: Telling, reply: Thread['replies']): Thread => ({
  ...thread,
  ...(card ? { card, version: thread.version + 1 } : {}),
  replies: [...thread.replies, ...reply].slice(-repliesKept),
})
