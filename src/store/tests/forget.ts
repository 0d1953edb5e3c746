import type { RedisClient } from '../../redis/connect.ts'
import { noteChanges } from './changes.ts'
import { testKeys } from './keys.ts'
import { unpackRecord } from './pack.ts'
import { isForgettable, lastEventAt } from './record.ts'
import { runsIn, unpackRuns } from './runs.ts'
import type { TestUpdate } from './update.ts'

/** Tests that are remembered of one project at most. */
const recordsKept = 10_000
/** Signatures of failures whose retries are counted. */
const signaturesKept = 5_000
const dayInSeconds = 86_400

type Occasion = Pick<TestUpdate, 'project' | 'at' | 'hysteresis'>

/** Once a day, or when there are too many: forgets what does not count any more, then what is oldest. */
export async function forgetOld(redis: RedisClient, occasion: Occasion): Promise<void> {
  const keys = testKeys(occasion.project)
  const [records, isTime] = await Promise.all([
    redis.hlen(keys.states),
    redis.set(keys.cleaned, 1, 'EX', dayInSeconds, 'NX'),
  ])
  if (isTime === null && records <= recordsKept) return
  const ids = await forgottenTests(redis, occasion)
  const jobs = await forgottenJobs(redis, occasion)
  const batch = redis.multi()
  for (const part of parts(ids)) {
    batch.hdel(keys.states, ...part)
    batch.hdel(keys.names, ...part)
    batch.srem(keys.watched, ...part)
  }
  for (const part of parts(jobs)) batch.hdel(keys.runs, ...part)
  if (ids.length > 0) noteChanges(batch, occasion.project, ids)
  await batch.exec()
  // Signatures are short-lived experience: too many of them are noise.
  if ((await redis.hlen(keys.help)) > signaturesKept) await redis.del(keys.help)
}

async function forgottenTests(redis: RedisClient, { project, at, hysteresis }: Occasion): Promise<string[]> {
  const old: string[] = []
  const kept: { id: string; last: number; flaky: boolean }[] = []
  for await (const [id, text] of entries(redis, testKeys(project).states)) {
    const record = unpackRecord(text)
    if (isForgettable(record, at, hysteresis)) old.push(id)
    else kept.push({ id, last: lastEventAt(record), flaky: record.flaky })
  }
  const tooMany = kept
    .sort((one, other) => Number(other.flaky) - Number(one.flaky) || other.last - one.last)
    .slice(recordsKept)
  return [...old, ...tooMany.map(({ id }) => id)]
}

async function forgottenJobs(redis: RedisClient, { project, at, hysteresis }: Occasion): Promise<string[]> {
  const old: string[] = []
  for await (const [job, text] of entries(redis, testKeys(project).runs)) {
    if (runsIn(unpackRuns(text), at, hysteresis.window) === 0) old.push(job)
  }
  return old
}

/** A hash field by field, without holding Redis or the event loop for long. */
async function* entries(redis: RedisClient, name: string): AsyncGenerator<[string, string]> {
  let cursor = '0'
  do {
    const [next, flat] = await redis.hscan(name, cursor, 'COUNT', 500)
    cursor = next
    for (let index = 0; index + 1 < flat.length; index += 2) yield [flat[index] ?? '', flat[index + 1] ?? '']
  } while (cursor !== '0')
}

const parts = (items: readonly string[]): string[][] =>
  Array.from({ length: Math.ceil(items.length / 1_000) }, (_, index) => items.slice(index * 1_000, (index + 1) * 1_000))
