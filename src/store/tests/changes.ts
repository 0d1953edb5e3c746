import type { RedisClient } from '../../redis/connect.ts'
import { testKeys } from './keys.ts'

/** A reader that is further behind reads everything again. */
const changesKept = 2_000

/** Adds to a transaction that these tests have changed; the version is the number of changes so far. */
export function noteChanges(batch: ReturnType<RedisClient['multi']>, project: number, ids: readonly string[]): void {
  const { version, changed } = testKeys(project)
  batch.incrby(version, ids.length)
  for (let start = 0; start < ids.length; start += changesKept) {
    batch.lpush(changed, ...ids.slice(start, start + changesKept))
  }
  batch.ltrim(changed, 0, changesKept - 1)
}

/** The tests that have changed since this version, and perhaps a few more; null: nobody knows them any more. */
export async function changesSince(redis: RedisClient, project: number, version: string): Promise<string[] | null> {
  const keys = testKeys(project)
  const results = await redis
    .multi()
    .get(keys.version)
    .lrange(keys.changed, 0, changesKept - 1)
    .exec()
  const [current, ids] = (results ?? []).map(([, value]) => value) as [string | null, string[]]
  const count = Number(current) - Number(version)
  return ids && count >= 0 && count <= ids.length ? [...new Set(ids.slice(0, count))] : null
}
