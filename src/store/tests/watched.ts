import type { RedisClient } from '../../redis/connect.ts'
import { changesSince } from './changes.ts'
import { fieldsOf } from './fields.ts'
import { testKeys } from './keys.ts'
import { type NamedTest, unpackName, unpackRecord } from './pack.ts'
import { isWatched } from './record.ts'
import type { TestRecord } from './types.ts'

/** `order` sorts by name. */
type WatchedTest = { id: string; test: NamedTest; record: TestRecord; order: string }

export type WatchedLists = {
  version(project: number): Promise<string>
  /** Tests of which a pass is news, by name. */
  of(project: number): Promise<readonly WatchedTest[]>
}

type List = { version: string; tests: Promise<readonly WatchedTest[]> }

/** Tests that are unpacked at once: more would hold up everything else. */
const testsAtOnce = 1_000
/** Projects whose tests are kept in memory, so that a CI job's question costs one short call. */
const projectsKept = 200

/** Of what has changed since the last look only that is read again. */
export function createWatchedLists(redis: RedisClient): WatchedLists {
  const lists = new Map<number, List>()

  const version = async (project: number): Promise<string> => (await redis.get(testKeys(project).version)) ?? '0'

  return {
    version,
    async of(project) {
      const current = await version(project)
      const known = lists.get(project)
      if (known?.version === current) return known.tests
      // Parallel CI jobs ask at the same moment, and are answered by one look.
      const list = { version: current, tests: known ? readChanged(redis, project, known) : readAll(redis, project) }
      // Put in anew, at the end: what has changed last is kept longest.
      lists.delete(project)
      if (lists.size >= projectsKept) lists.delete(lists.keys().next().value ?? project)
      lists.set(project, list)
      list.tests.catch(() => lists.get(project) === list && lists.delete(project))
      return list.tests
    },
  }
}

async function readAll(redis: RedisClient, project: number): Promise<readonly WatchedTest[]> {
  return sorted(await readTests(redis, project, await redis.smembers(testKeys(project).watched)))
}

async function readChanged(redis: RedisClient, project: number, before: List): Promise<readonly WatchedTest[]> {
  const [tests, ids] = await Promise.all([before.tests, changesSince(redis, project, before.version)])
  if (ids === null) return readAll(redis, project)
  const changed = new Set(ids)
  const read = await readTests(redis, project, ids)
  return sorted([...tests.filter(({ id }) => !changed.has(id)), ...read])
}

async function readTests(redis: RedisClient, project: number, ids: readonly string[]): Promise<WatchedTest[]> {
  const keys = testKeys(project)
  const tests: WatchedTest[] = []
  for (let start = 0; start < ids.length; start += testsAtOnce) {
    const part = ids.slice(start, start + testsAtOnce)
    const [states, names] = await Promise.all([fieldsOf(redis, keys.states, part), fieldsOf(redis, keys.names, part)])
    for (const id of part) {
      const [state, name] = [states.get(id), names.get(id)]
      if (!state || !name) continue
      const record = unpackRecord(state)
      if (isWatched(record)) tests.push({ id, test: unpackName(name), record, order: name + id })
    }
  }
  return tests
}

const sorted = (tests: WatchedTest[]): WatchedTest[] => tests.sort((one, other) => (one.order < other.order ? -1 : 1))
