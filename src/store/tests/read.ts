import type { RedisClient } from '../../redis/connect.ts'
import { testKeys } from './keys.ts'
import { type NamedTest, unpackName, unpackRecord } from './pack.ts'
import { stateOf } from './record.ts'
import { fieldsOf } from './remember.ts'
import { type RetryHelp, unpackHelp } from './retry-help.ts'
import { runsIn, unpackRuns } from './runs.ts'
import type { Hysteresis, TestRecord, TestState } from './types.ts'

export type KnownTest = { id: string; test: NamedTest; record: TestRecord; state: TestState }

/** `now` in seconds, `window` in milliseconds. */
type Look = { now: number; window: number; pipeline: number }

/** What may be asked about the past of tests; it changes nothing. */
export type TestMemoryReader = {
  /** Changes with every change of what is remembered. */
  version(project: number): Promise<string>
  /** Tests that are not healthy, worst first, then by name. */
  unhealthy(project: number, now: number, hysteresis: Hysteresis): Promise<KnownTest[]>
  /** Tests of which a pass is news, by name. */
  watchedTests(project: number, now: number, hysteresis: Hysteresis): Promise<KnownTest[]>
  /** Records of these tests, as far as there are any. */
  records(project: number, ids: readonly string[]): Promise<Map<string, TestRecord>>
  /** How often these jobs ran within the window, a pipeline that is being looked at aside. */
  runs(project: number, jobs: readonly string[], look: Look): Promise<Map<string, number>>
  /** Ids of the tests whose passes matter. */
  watched(project: number): Promise<string[]>
  retryHelp(project: number, signature: string): Promise<RetryHelp>
}

/** Tests that are unpacked at once: more would hold up everything else. */
const testsAtOnce = 1_000
/** Projects whose tests are kept in memory, so that a CI job's question costs one short call. */
const projectsKept = 200

const places: Record<TestState, number> = { broken: 0, flaky: 1, suspected: 2, healthy: 3 }

type Listed = Omit<KnownTest, 'state'>

/** @param redis null: nothing is remembered, as in a look that must leave nothing behind */
export function createTestMemory(redis: RedisClient | null): TestMemoryReader {
  if (redis === null) return emptyMemory
  const lists = new Map<number, { version: string; tests: Promise<Listed[]> }>()

  const version = async (project: number): Promise<string> => (await redis.get(testKeys(project).version)) ?? '0'

  async function listed(project: number): Promise<Listed[]> {
    const current = await version(project)
    const known = lists.get(project)
    if (known?.version === current) return known.tests
    // Parallel CI jobs ask at the same moment, and are answered by one look.
    const list = { version: current, tests: readWatched(redis as RedisClient, project) }
    if (lists.size >= projectsKept) lists.delete(lists.keys().next().value ?? project)
    lists.set(project, list)
    list.tests.catch(() => lists.get(project) === list && lists.delete(project))
    return list.tests
  }

  const watchedTests: TestMemoryReader['watchedTests'] = async (project, now, hysteresis) =>
    (await listed(project)).map((test) => ({ ...test, state: stateOf(test.record, now, hysteresis) }))

  return {
    version,
    watchedTests,
    async unhealthy(project, now, hysteresis) {
      const tests = await watchedTests(project, now, hysteresis)
      // The list is in the order of names, and this sort keeps it.
      return tests
        .filter(({ state }) => state !== 'healthy')
        .sort((one, other) => places[one.state] - places[other.state])
    },
    async records(project, ids) {
      const found = await fieldsOf(redis, testKeys(project).states, ids)
      return new Map([...found].map(([id, text]) => [id, unpackRecord(text)]))
    },
    async runs(project, jobs, { now, window, pipeline }) {
      const found = await fieldsOf(redis, testKeys(project).runs, jobs)
      return new Map(
        [...found].map(([job, text]) => {
          const runs = unpackRuns(text)
          return [job, runsIn(runs, now, window) - (runs.pipelines.includes(pipeline) ? 1 : 0)]
        }),
      )
    },
    watched: (project) => redis.smembers(testKeys(project).watched),
    retryHelp: async (project, signature) => unpackHelp(await redis.hget(testKeys(project).help, signature)),
  }
}

const emptyMemory: TestMemoryReader = {
  version: async () => '0',
  unhealthy: async () => [],
  watchedTests: async () => [],
  records: async () => new Map(),
  runs: async () => new Map(),
  watched: async () => [],
  retryHelp: async () => unpackHelp(null),
}

async function readWatched(redis: RedisClient, project: number): Promise<Listed[]> {
  const keys = testKeys(project)
  const ids = await redis.smembers(keys.watched)
  const tests: { test: Listed; order: string }[] = []
  for (let start = 0; start < ids.length; start += testsAtOnce) {
    const part = ids.slice(start, start + testsAtOnce)
    const [states, names] = await Promise.all([fieldsOf(redis, keys.states, part), fieldsOf(redis, keys.names, part)])
    for (const id of part) {
      const [state, name] = [states.get(id), names.get(id)]
      if (!state || !name) continue
      const test = { id, test: unpackName(name), record: unpackRecord(state) }
      tests.push({ test, order: orderOf(test) })
    }
  }
  return tests.sort((one, other) => (one.order < other.order ? -1 : 1)).map(({ test }) => test)
}

const orderOf = ({ id, test }: Listed): string =>
  [test.job, test.suite, test.classname, test.name, test.variant, id].join('\u0000')
