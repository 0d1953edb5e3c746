import { Readable } from 'node:stream'
import { setTimeout } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { NotYetError } from '../../src/errors.ts'
import type { CiStatus } from '../../src/event.ts'
import type { TestReport } from '../../src/gitlab/types.ts'
import type { Readers } from '../../src/readers.ts'
import type { ArtifactReader } from '../../src/reports/artifacts/reader.ts'
import { createTestMemory } from '../../src/store/tests/read.ts'
import { ThreadError } from '../../src/threads/worker-thread.ts'
import { numbered } from '../../workers/flaky-tests/gather/attempts.ts'
import { readAttempts, readOtherPipelines } from '../../workers/flaky-tests/gather/results.ts'
import { flakyTestsOptions } from '../../workers/flaky-tests/options.ts'
import { type CommitJob, createResultCache } from '../../workers/flaky-tests/results/cache.ts'
import { withOwnThread } from '../../workers/flaky-tests/results/create.ts'
import { createTestReader } from '../../workers/flaky-tests/results/failures.ts'
import { createResultReader } from '../../workers/flaky-tests/results/reader.ts'
import { createReportWork, type ReportWork } from '../../workers/flaky-tests/results/report-work.ts'
import { TestThread } from '../../workers/flaky-tests/results/test-thread.ts'
import { ciJob, configOf, pipelineBasic } from '../support/builders.ts'
import { junit } from '../support/junit.ts'
import { startTestRedis, type TestRedis } from '../support/redis.ts'

const { flakyTests } = configOf()
let redis: TestRedis
let thread: TestThread

beforeEach(async () => {
  redis = await startTestRedis()
  thread = new TestThread()
})

afterEach(async () => {
  await thread.close()
  await redis.stop()
})

type Files = { [path: string]: string | Readable }

/** Artifacts by job, and how often they were read. */
function readerOf(files: (job: number) => Files) {
  const asked: number[] = []
  const patterns: (readonly string[])[] = []
  const artifacts: ArtifactReader = {
    async readMatching(job, wanted, handle) {
      asked.push(job.id)
      patterns.push(wanted)
      const found = Object.entries(files(job.id))
      for (const [path, content] of found) {
        const size = typeof content === 'string' ? content.length : 1_000_000
        const open = async () => (typeof content === 'string' ? Readable.from([Buffer.from(content)]) : content)
        await handle({ path, size, open })
      }
      return { state: 'read', files: found.length, problems: [] }
    },
  }
  const work = createReportWork(thread)
  return {
    asked,
    patterns,
    reader: createResultReader({ artifacts, cache: createResultCache(redis.client()), work, alone: withOwnThread }),
  }
}

const big = (count: number, failing: number) =>
  junit(
    Object.fromEntries(
      Array.from({ length: count }, (_, index) => [
        `test ${index} ${'x'.repeat(100)}`,
        index === failing ? 'boom' : 'passed',
      ]),
    ),
  )

const judge = (reader: ReturnType<typeof readerOf>['reader'], ...packed: (Uint8Array | null)[]) =>
  reader.judge({
    attempts: packed.map((bytes, index) => ({
      pipeline: 1,
      sha: 'a',
      job: 'rspec',
      id: 10 + index,
      attempt: index + 1,
      failureReason: null,
      bytes,
    })),
    massFailure: 0.5,
    watched: [],
  })

describe('results of an attempt', () => {
  it('are read once, and kept', async () => {
    const { asked, reader } = readerOf(() => ({ 'junit.xml': junit({ a: 'boom', b: 'passed' }) }))
    const first = await reader.of(ciJob(), flakyTests, null)
    expect(await reader.of(ciJob(), flakyTests, null)).toEqual(first)
    expect(first).toMatchObject({ source: 'artifacts', tests: 2, failed: 1 })
    expect(asked).toEqual([5001])
    expect(await reader.ofCommit(41, ciJob().pipeline.sha)).toMatchObject([{ id: 5001, failed: 1 }])
  })

  it('are looked for where the project has them, also when projects share a part of that', async () => {
    const { patterns, reader } = readerOf(() => ({}))
    const options = [['a.txt'], ['b.txt'], ['a.txt']].map((retriedReports) => ({ ...flakyTests, retriedReports }))
    for (const [id, each] of options.entries()) await reader.of(ciJob({ id }), each, null)
    expect(patterns.map((list) => list.at(-1))).toEqual(['a.txt', 'b.txt', 'a.txt'])
  })

  it('of a large report come out of a thread, together with small ones', async () => {
    const { reader } = readerOf((job) => ({
      'junit-a.xml': big(4_000, job === 1 ? 7 : -1),
      'junit-b.xml': junit({ small: 'passed' }),
      'retried_tests.txt': 'https://gitlab.test/j\n./small | failed | 0.1 seconds |',
    }))
    const [one, two] = [
      await reader.of(ciJob({ id: 1 }), flakyTests, null),
      await reader.of(ciJob({ id: 2 }), flakyTests, null),
    ]
    expect(one).toMatchObject({ tests: 4_001, failed: 1 })
    const judged = await judge(reader, one?.packed ?? null, two?.packed ?? null)
    expect(judged.counts).toMatchObject({ passed: 3_999, failed: 0, flaky: 2 })
    expect(judged.flaky.map(({ evidence, job }) => [evidence, job])).toEqual([
      ['listed', 0],
      ['attempts', 10],
    ])
  })

  it('of a large report wait for those that take long to come', async () => {
    const hasty = new TestThread(20)
    const reading = createReportWork(hasty).reading()
    const open = async () => Readable.from([Buffer.from(junit({ a: 'passed' }))])
    await reading.add({ path: 'junit.xml', size: 1_000_000, open }, 'junit')
    await setTimeout(100)
    expect(await reading.pack()).toMatchObject({ tests: 1 })
    reading.close()
    await setTimeout(100)
    await expect(reading.pack()).rejects.toThrow('what was read is lost')
    await hasty.close()
  })

  it('of a report that breaks off are what came before', async () => {
    async function* cut() {
      yield Buffer.from('<testsuite name="s"><testcase name="a"/><testcase name="b">')
      yield Buffer.alloc(500_000, ' ')
      throw new Error('the archive is broken there')
    }
    const { reader } = readerOf(() => ({ 'junit.xml': Readable.from(cut()) }))
    const results = await reader.of(ciJob(), flakyTests, null)
    expect(results.tests).toBe(1)
    expect(results.problems).toMatchObject([{ path: 'junit.xml', what: 'truncated' }])
  })

  it('are not looked for in passed jobs whose archives never held any, until the next day', async () => {
    const { asked, reader } = readerOf(() => ({}))
    for (const id of [1, 2, 3, 4]) await reader.of(ciJob({ id, name: 'build', status: 'success' }), flakyTests, null)
    expect(asked).toEqual([1, 2, 3])
    await reader.of(ciJob({ id: 5, name: 'build' }), flakyTests, null)
    expect(asked).toEqual([1, 2, 3, 5])
  })
})

describe('a thread that runs out of memory', () => {
  it('makes the report unreadable that it could not bear, and no other', async () => {
    const dying = (error: Error): ReportWork => ({
      reading: () => ({ add: async () => {}, pack: () => Promise.reject(error), close: () => {} }),
      judge: () => Promise.reject(error),
    })
    const full = new ThreadError('out of memory', { cause: new Error('heap') })
    const artifacts: ArtifactReader = {
      readMatching: async (_, __, handle) => {
        await handle({
          path: 'junit.xml',
          size: 1,
          open: async () => Readable.from([Buffer.from(junit({ a: 'passed' }))]),
        })
        return { state: 'read', files: 1, problems: [] }
      },
    }
    const cache = createResultCache(redis.client())
    const innocent = createResultReader({ artifacts, cache, work: dying(full), alone: withOwnThread })
    expect(await innocent.of(ciJob({ id: 1 }), flakyTests, null)).toMatchObject({ tests: 1 })
    const guilty = createResultReader({ artifacts, cache, work: dying(full), alone: (use) => use(dying(full)) })
    expect(await guilty.of(ciJob({ id: 2 }), flakyTests, null)).toMatchObject({ artifacts: 'unreadable', packed: null })
    const stopped = createResultReader({
      artifacts,
      cache,
      work: dying(new ThreadError('stopped')),
      alone: withOwnThread,
    })
    await expect(stopped.of(ciJob({ id: 3 }), flakyTests, null)).rejects.toThrow('stopped')
  })
})

describe("GitLab's own report", () => {
  const report: TestReport = {
    suites: [
      {
        name: 'rspec',
        error: null,
        cases: [{ status: 'failed', name: 'a', classname: 'C', file: null, output: 'boom', recentFailures: null }],
      },
    ],
  }
  const junitListed = [{ fileType: 'junit', filename: 'junit.xml.gz', size: 1 }]
  const finishedAt = '2026-03-02T09:00:00Z'
  const readers = (now: string, asked: number[] = []) =>
    ({
      results: readerOf(() => ({})).reader,
      gitlab: {
        testReport: async (_: number, pipeline: number) => {
          asked.push(pipeline)
          return report
        },
      },
      now: () => Date.parse(now),
    }) as unknown as Readers
  const options = flakyTestsOptions(configOf())

  it('is asked once for all jobs whose artifacts hold nothing, and answers for one of parallel jobs', async () => {
    const asked: number[] = []
    const jobs = [1, 2].map((id) => ciJob({ id, name: `rspec ${id}/2`, artifacts: junitListed, finishedAt }))
    const read = await readAttempts(readers('2026-03-02T09:00:01Z', asked), numbered(jobs), options)
    expect(read.map(({ results }) => [results.source, results.failed])).toEqual([
      ['test_report', 1],
      [null, 0],
    ])
    expect(asked).toEqual([900])
  })

  it('is not asked about jobs that gave it nothing', async () => {
    const asked: number[] = []
    await readAttempts(readers('2026-03-02T09:00:01Z', asked), numbered([ciJob({ name: 'rspec' })]), options)
    expect(asked).toEqual([])
  })

  it('is waited for after a retry, for GitLab gives the same answer for two minutes while the pipeline runs', async () => {
    const attempts = (status: CiStatus) =>
      numbered(
        [1, 2].map((id) =>
          ciJob({ id, name: 'rspec', artifacts: junitListed, finishedAt, pipeline: pipelineBasic({ status }) }),
        ),
      )
    await expect(readAttempts(readers('2026-03-02T09:01:00Z'), attempts('running'), options)).rejects.toThrow(
      NotYetError,
    )
    for (const [now, status] of [
      ['2026-03-02T09:03:00Z', 'running'],
      ['2026-03-02T09:00:01Z', 'failed'],
    ] as const) {
      const [first, second] = await readAttempts(readers(now), attempts(status), options)
      expect([first?.results.source, second?.results.source]).toEqual([null, 'test_report'])
    }
  })

  it('is waited for when it is from before the first attempt ended', async () => {
    const jobs = numbered([ciJob({ name: 'jest', artifacts: junitListed, finishedAt })])
    await expect(readAttempts(readers('2026-03-02T09:01:00Z'), jobs, options)).rejects.toThrow(NotYetError)
    const [jest] = await readAttempts(readers('2026-03-02T09:03:00Z'), jobs, options)
    expect(jest?.results.packed).toBeNull()
  })

  it('is asked later, too, when it was not to be asked at first', async () => {
    const { reader } = readerOf(() => ({}))
    const job = ciJob({ name: 'rspec', artifacts: junitListed })
    expect(await reader.of(job, flakyTests, null)).toMatchObject({ source: null })
    expect(await reader.of(job, flakyTests, async () => report)).toMatchObject({ source: 'test_report', failed: 1 })
    expect(await reader.of(job, flakyTests, null)).toMatchObject({ source: 'test_report', failed: 1 })
  })

  it('tells nothing of an attempt that was retried, nor soon after the retry', async () => {
    const asked: number[] = []
    const { gitlab, results } = readers('', asked)
    const history = createTestMemory(null)
    const failedIn = async (now: string, attempt: number, isLatest = true) => {
      const reader = createTestReader({ gitlab, results, history, now: () => Date.parse(now) })
      const job = ciJob({ id: asked.length + attempt * 10, name: 'rspec', artifacts: junitListed, finishedAt })
      return (await reader.failedIn(job, flakyTests, { attempt, isLatest }))?.length ?? null
    }
    expect(await failedIn('2026-03-02T09:00:01Z', 1, false)).toBeNull()
    expect(await failedIn('2026-03-02T09:00:01Z', 2)).toBeNull()
    expect(asked).toEqual([])
    expect(await failedIn('2026-03-02T09:00:01Z', 1)).toBe(1)
    expect(await failedIn('2026-03-02T09:03:00Z', 2)).toBe(1)
  })
})

describe('pipelines that a schedule starts again and again on one commit', () => {
  it('are looked at as far as the newest hundred attempts go', async () => {
    const asked: number[] = []
    const commit: CommitJob[] = Array.from({ length: 5_000 }, (_, index) => ({
      id: 1_000 + index,
      name: 'rspec 1/2',
      pipeline: 100 + index,
      status: 'failed',
      failureReason: null,
      failed: 1,
    }))
    const results = {
      ofCommit: async () => commit,
      kept: async (_: number, job: number) => {
        asked.push(job)
        return null
      },
    }
    const pipeline = { ...ciJob({}).pipeline, id: 9_000_000 }
    await readOtherPipelines({ results } as unknown as Readers, pipeline, [])
    expect(asked).toHaveLength(100)
    expect(Math.min(...asked)).toBe(5_900)
  })
})
