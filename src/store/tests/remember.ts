import type { RedisClient } from '../../redis/connect.ts'
import { withLock } from '../../redis/lock.ts'
import { noteChanges } from './changes.ts'
import { fieldsOf } from './fields.ts'
import { forgetOld } from './forget.ts'
import { keptSeconds, testKeys } from './keys.ts'
import { packName, packRecord, unpackRecord } from './pack.ts'
import { isWatched, newRecord, withPass, withVerdict } from './record.ts'
import { packHelp, unpackHelp, withRetry } from './retry-help.ts'
import { packRuns, unpackRuns, withRun } from './runs.ts'
import type { TestRecord } from './types.ts'
import { isEmptyUpdate, type TestUpdate } from './update.ts'

/** What changes: fields by hash. */
type Changes = { runs: Map<string, string>; help: Map<string, string> }

/** Tests that are changed at once: more would hold up everything else. */
const testsAtOnce = 250

/**
 * Adds what a pipeline showed to the memory of its project. Told twice, or told again after only a part of it was
 * written, it counts once: each record knows the pipelines that it holds.
 *
 * @returns how many tests, jobs and signatures have changed
 */
export async function rememberTests(redis: RedisClient, update: TestUpdate): Promise<number> {
  if (isEmptyUpdate(update)) return 0
  const { lock } = testKeys(update.project)
  return withLock(redis, lock, { ttl: 10_000, wait: 10_000 }, async () => {
    const changes = await changesOf(redis, update)
    const tests = await rememberRecords(redis, update)
    const count = tests + changes.runs.size + changes.help.size
    if (count > 0) await write(redis, update, changes)
    await forgetOld(redis, update)
    return count
  })
}

async function rememberRecords(redis: RedisClient, update: TestUpdate): Promise<number> {
  let changed = 0
  for (const part of partsOf(update)) {
    const ids = [...new Set([...part.verdicts, ...part.passed].map(({ id }) => id))]
    const states = newStates(part, await fieldsOf(redis, testKeys(update.project).states, ids))
    changed += states.size
    if (states.size > 0) await writeRecords(redis, part, states)
  }
  return changed
}

/** A test may be in both lists, as when a report holds it twice; verdicts come first. */
function partsOf(update: TestUpdate): TestUpdate[] {
  const parts: TestUpdate[] = []
  for (let start = 0; start < update.verdicts.length; start += testsAtOnce) {
    parts.push({ ...update, verdicts: update.verdicts.slice(start, start + testsAtOnce), passed: [] })
  }
  for (let start = 0; start < update.passed.length; start += testsAtOnce) {
    parts.push({ ...update, verdicts: [], passed: update.passed.slice(start, start + testsAtOnce) })
  }
  return parts
}

async function changesOf(redis: RedisClient, update: TestUpdate): Promise<Changes> {
  const keys = testKeys(update.project)
  const signatures = [...new Set(update.retries.map(({ signature }) => signature))]
  const [runs, help] = await Promise.all([
    fieldsOf(redis, keys.runs, update.ran),
    fieldsOf(redis, keys.help, signatures),
  ])
  return { runs: newRuns(update, runs), help: newHelp(update, help) }
}

function newStates(update: TestUpdate, packed: ReadonlyMap<string, string>): Map<string, TestRecord> {
  const { pipeline, at, origin, commit, hysteresis } = update
  const before = new Map([...packed].map(([id, text]) => [id, unpackRecord(text)]))
  const after = new Map<string, TestRecord>()
  for (const { id, verdict, job, message } of update.verdicts) {
    const record = after.get(id) ?? before.get(id) ?? newRecord(at)
    after.set(id, withVerdict(record, { pipeline, verdict, at, origin, job, message, commit }, hysteresis))
  }
  for (const { id, explained } of update.passed) {
    const record = after.get(id) ?? before.get(id)
    if (record) after.set(id, withPass(record, { pipeline, at, origin, explained }, hysteresis))
  }
  return new Map([...after].filter(([id, record]) => record !== before.get(id)))
}

function newRuns({ ran, pipeline, at, hysteresis }: TestUpdate, packed: ReadonlyMap<string, string>) {
  const changed = new Map<string, string>()
  for (const job of ran) {
    const before = unpackRuns(packed.get(job))
    const after = withRun(before, pipeline, at, hysteresis.window)
    if (after !== before) changed.set(job, packRuns(after))
  }
  return changed
}

function newHelp({ retries, at }: TestUpdate, packed: ReadonlyMap<string, string>) {
  const changed = new Map<string, string>()
  for (const { signature, job, passed } of retries) {
    const before = unpackHelp(changed.get(signature) ?? packed.get(signature))
    const after = withRetry(before, { job, passed, at })
    if (after !== before) changed.set(signature, packHelp(after))
  }
  return changed
}

async function writeRecords(redis: RedisClient, update: TestUpdate, states: Map<string, TestRecord>): Promise<void> {
  const keys = testKeys(update.project)
  const names = new Map(update.verdicts.map(({ id, test }) => [id, packName(test)]))
  const watched = [...states].filter(([, record]) => isWatched(record)).map(([id]) => id)
  const unwatched = [...states].filter(([, record]) => !isWatched(record)).map(([id]) => id)
  const batch = redis.multi()
  batch.hset(keys.states, new Map([...states].map(([id, record]) => [id, packRecord(record)])))
  if (names.size > 0) batch.hset(keys.names, names)
  if (watched.length > 0) batch.sadd(keys.watched, ...watched)
  if (unwatched.length > 0) batch.srem(keys.watched, ...unwatched)
  noteChanges(batch, update.project, [...states.keys()])
  await execute(batch)
}

async function write(redis: RedisClient, update: TestUpdate, { runs, help }: Changes): Promise<void> {
  const keys = testKeys(update.project)
  const batch = redis.multi()
  if (runs.size > 0) batch.hset(keys.runs, runs)
  if (help.size > 0) batch.hset(keys.help, help)
  for (const name of [keys.states, keys.names, keys.watched, keys.runs, keys.help, keys.version, keys.changed]) {
    batch.expire(name, keptSeconds)
  }
  await execute(batch)
}

/** @throws the first failure of the transaction */
async function execute(batch: ReturnType<RedisClient['multi']>): Promise<void> {
  const results = await batch.exec()
  const [error] = results?.find(([failure]) => failure !== null) ?? []
  if (error) throw error
}
