import { createHash } from 'node:crypto'
import type { RedisClient } from '../redis/connect.ts'
import { key } from '../redis/keys.ts'
import type { SlackClient } from './client.ts'
import { SlackFailure } from './errors.ts'
import type { Trouble } from './trouble.ts'

/** Finds people of the workspace by their address. */
export type People = {
  /** @returns null when Slack knows nobody, or does not let the app ask. @throws SlackFailure when it may be asked later */
  byEmail(email: string): Promise<string | null>
}

const foundSeconds = 7 * 86_400
/** Somebody may join the workspace. */
const unknownSeconds = 3_600

/** Asks Slack once for each address; addresses are remembered as hashes. */
export function createPeople(deps: { redis: RedisClient; client: SlackClient; trouble: Trouble }): People {
  const { redis, client, trouble } = deps

  async function ask(email: string): Promise<string | null> {
    try {
      const user = await client.userByEmail(email)
      await trouble.works('people')
      return user
    } catch (error) {
      if (!(error instanceof SlackFailure) || error.kind !== 'refused') throw error
      await trouble.refused('people', error)
      return null
    }
  }

  return {
    async byEmail(email) {
      const address = email.trim().toLowerCase()
      if (!address.includes('@')) return null
      const name = key('slack-person', createHash('sha256').update(address).digest('base64url'))
      const known = await redis.get(name)
      if (known !== null) return known || null
      const user = await ask(address)
      await redis.set(name, user ?? '', 'EX', user ? foundSeconds : unknownSeconds)
      return user
    },
  }
}
