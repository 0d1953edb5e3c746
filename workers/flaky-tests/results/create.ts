import type { GitLabReader } from '../../../src/gitlab/faces.ts'
import type { Readers } from '../../../src/readers.ts'
import type { RedisClient } from '../../../src/redis/connect.ts'
import type { ArtifactReader } from '../../../src/reports/artifacts/reader.ts'
import { createTestMemory, type TestMemoryReader } from '../../../src/store/tests/read.ts'
import { createResultCache, noResultCache } from './cache.ts'
import { createTestReader } from './failures.ts'
import { createResultReader } from './reader.ts'
import { createReportWork, type ReportWork } from './report-work.ts'
import { TestThread } from './test-thread.ts'

type Deps = {
  gitlab: GitLabReader
  artifacts: ArtifactReader
  thread: TestThread
  /** null: nothing is remembered, and nothing is left behind. */
  redis: RedisClient | null
  history?: TestMemoryReader
  now: () => number
}

/** Everything that reads tests: what they did in a job, and what they did before. */
export function createTestReaders(deps: Deps): Pick<Readers, 'tests' | 'results' | 'history' | 'artifacts' | 'now'> {
  const { gitlab, artifacts, thread, redis, now, history = createTestMemory(redis) } = deps
  const cache = redis ? createResultCache(redis) : noResultCache
  const results = createResultReader({ artifacts, cache, work: createReportWork(thread), alone: withOwnThread })
  return { artifacts, results, history, now, tests: createTestReader({ gitlab, results, history, now }) }
}

export async function withOwnThread<Result>(use: (work: ReportWork) => Promise<Result>): Promise<Result> {
  const thread = new TestThread()
  try {
    return await use(createReportWork(thread))
  } finally {
    await thread.close()
  }
}
