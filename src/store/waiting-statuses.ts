import type { RedisClient } from '../redis/connect.ts'
import { key } from '../redis/keys.ts'

/** A commit status of ours that holds a merge request until something ends. */
export type WaitingStatus = {
  project: number
  /** `group/project` */
  path: string
  pipeline: number
  mergeRequest: number
  name: string
  /** Milliseconds since the epoch. */
  since: number
}

type Named = Pick<WaitingStatus, 'project' | 'pipeline' | 'name'>

/** The reading side of it. */
export type WaitingReader = {
  list(): Promise<WaitingStatus[]>
  has(status: Named): Promise<boolean>
  /** Whether Redis may have lost what it was told, so that only GitLab knows. */
  mayHaveForgotten(): Promise<boolean>
  /** From here on, a missing mark means that something was lost. */
  isComplete(): Promise<void>
}

/** GitLab itself ends jobs, and so everything that a status waits for, well before. */
const longestWaitMs = 7 * 86_400_000
const all = () => key('statuses', 'waiting')
/** Is there as long as nothing was lost: Redis loses all of its keys or none. */
const mark = () => key('statuses', 'remembered')

const field = ({ project, pipeline, name }: Named) => `${project}/${pipeline}/${name}`

/** Statuses of ours that wait, so that none is forgotten: a hold that nobody lifts blocks a merge request for ever. */
export const createWaitingStatuses = (redis: RedisClient, now: () => number = Date.now) => ({
  async list(): Promise<WaitingStatus[]> {
    const entries = Object.entries(await redis.hgetall(all())).map(([name, text]) => ({ name, text }))
    const read = entries.map(({ name, text }) => ({ name, status: JSON.parse(text) as WaitingStatus }))
    const old = read.filter(({ status }) => now() - status.since > longestWaitMs)
    if (old.length > 0) await redis.hdel(all(), ...old.map(({ name }) => name))
    return read.filter((one) => !old.includes(one)).map(({ status }) => status)
  },
  mayHaveForgotten: async (): Promise<boolean> => (await redis.exists(mark())) === 0,
  isComplete: async (): Promise<void> => void (await redis.set(mark(), 1)),
  add: async (status: WaitingStatus): Promise<void> =>
    void (await redis.hset(all(), field(status), JSON.stringify(status))),
  has: async (status: Named): Promise<boolean> => (await redis.hexists(all(), field(status))) === 1,
  /** @returns false for one that was set again since, or is not remembered */
  async forget({ since, ...status }: Named & { since: number }): Promise<boolean> {
    const text = await redis.hget(all(), field(status))
    if (text === null || (JSON.parse(text) as WaitingStatus).since !== since) return false
    await redis.hdel(all(), field(status))
    return true
  },
  remove: async (status: Named): Promise<void> => void (await redis.hdel(all(), field(status))),
})

/** For looking without Redis: nothing waits. */
export const nothingWaits: WaitingReader = {
  list: async () => [],
  has: async () => false,
  mayHaveForgotten: async () => false,
  isComplete: async () => undefined,
}
