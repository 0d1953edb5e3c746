import type { RedisClient } from '../../redis/connect.ts'

const fieldsAtOnce = 2_000

/** Fields of a hash; those it does not have are missing. */
export async function fieldsOf(redis: RedisClient, name: string, fields: readonly string[]) {
  const found = new Map<string, string>()
  for (let start = 0; start < fields.length; start += fieldsAtOnce) {
    const part = fields.slice(start, start + fieldsAtOnce)
    const values = await redis.hmget(name, ...part)
    for (const [index, field] of part.entries()) {
      const value = values[index]
      if (value) found.set(field, value)
    }
  }
  return found
}
