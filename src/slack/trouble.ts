import type { Logger } from 'pino'
import type { RedisClient } from '../redis/connect.ts'
import { key } from '../redis/keys.ts'
import type { SlackFailure } from './errors.ts'

/** Destinations that Slack refuses, said once by all workers together, and not again before they worked. */
export type Trouble = {
  refused(destination: string, failure: SlackFailure): Promise<void>
  works(destination: string): Promise<void>
  /** One line for each destination. */
  list(): Promise<string[]>
}

const name = key('slack', 'trouble')
/** What nobody writes to any more is forgotten. */
const rememberedSeconds = 7 * 86_400

export function createTrouble(deps: { redis: RedisClient; log: Logger; count?: (code: string) => void }): Trouble {
  const { redis, log, count } = deps
  return {
    async refused(destination, { code, message: because }) {
      count?.(code)
      const known = await redis.hget(name, destination)
      await redis.hset(name, destination, because)
      await redis.expire(name, rememberedSeconds)
      if (known === because) return
      log.error({ destination, because }, 'Slack refuses messages; not tried again before there is another one')
    },
    async works(destination) {
      if ((await redis.hdel(name, destination)) > 0) log.info({ destination }, 'Slack takes messages again')
    },
    async list() {
      const all = await redis.hgetall(name)
      return Object.entries(all).map(([destination, because]) => `${destination}: ${because}`)
    },
  }
}
