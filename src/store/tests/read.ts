import type { RedisClient } from '../../redis/connect.ts'
import { fieldsOf } from './fields.ts'
import { testKeys } from './keys.ts'
import { type NamedTest, unpackRecord } from './pack.ts'
import { stateOf } from './record.ts'
import { type RetryHelp, unpackHelp } from './retry-help.ts'
import { runsIn, unpackRuns } from './runs.ts'
import type { Hysteresis, TestRecord, TestState } from './types.ts'
import { createWatchedLists } from './watched.ts'

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

const places: Record<TestState, number> = { broken: 0, flaky: 1, suspected: 2, healthy: 3 }

/** @param redis null: nothing is remembered, as in a look that must leave nothing behind */
export function createTestMemory(redis: RedisClient | null): TestMemoryReader {
  if (redis === null) return emptyMemory
  const lists = createWatchedLists(redis)

  const watchedTests: TestMemoryReader['watchedTests'] = async (project, now, hysteresis) =>
    (await lists.of(project)).map(({ id, test, record }) => ({
      id,
      test,
      record,
      state: stateOf(record, now, hysteresis),
    }))

  return {
    version: lists.version,
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
