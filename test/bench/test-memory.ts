import { pino } from 'pino'
import { createRedis } from '../../src/redis/connect.ts'
import { idOfTest } from '../../src/store/tests/identify.ts'
import { createTestMemory } from '../../src/store/tests/read.ts'
import { rememberTests } from '../../src/store/tests/remember.ts'
import type { TestUpdate } from '../../src/store/tests/update.ts'
import { keyOf } from '../../workers/flaky-tests/judge/identity.ts'
import { packOutcomes } from '../../workers/flaky-tests/results/pack-outcomes.ts'
import { createReportWork } from '../../workers/flaky-tests/results/report-work.ts'
import { TestThread } from '../../workers/flaky-tests/results/test-thread.ts'
import { startTestRedis } from '../support/redis.ts'

type Figure = { label: string; value: string; target: string }

const project = 7
const tests = 50_000
const flakyTests = 5_000
const inPipeline = 20_000
const day = 86_400
const now = Math.floor(Date.now() / 1000)
const hysteresis = { window: 14 * day * 1000, passes: 1_000, quiet: 14 * day * 1000 }

const nameOf = (index: number) => ({
  job: 'rspec',
  suite: `spec/models/shop_${index % 400}_spec.rb`,
  classname: `spec.models.shop_${index % 400}_spec`,
  name: `Shop#order number ${index} keeps the order of its lines when some of them are removed`,
  variant: '',
})

const idOf = (index: number): string => idOfTest(keyOf(nameOf(index)))

const update = (pipeline: number, change: Partial<TestUpdate>): TestUpdate => ({
  project,
  pipeline,
  commit: 'b1946ac92492d2347c6235b4d2611184b1946ac9',
  at: now,
  origin: 'default',
  hysteresis,
  ran: ['rspec'],
  verdicts: [],
  passed: [],
  retries: [],
  ...change,
})

const verdict = (index: number): TestUpdate['verdicts'][number] => ({
  id: idOf(index),
  test: { ...nameOf(index), file: `spec/models/shop_${index % 400}_spec.rb` },
  verdict: 'flaky',
  job: 5_000_000 + index,
  message: `expected ${index} lines in the order, got ${index + 1}`,
})

const outcome = (index: number) => {
  const { suite, classname, name } = nameOf(index)
  const failed = index % 1000 === 0
  return {
    suite,
    classname,
    name,
    file: null,
    status: failed ? ('failed' as const) : ('passed' as const),
    kind: failed ? ('failure' as const) : null,
    flakyAttempts: 0,
    rerunAttempts: 0,
    declaredAttempts: null,
    message: failed ? `expected ${index}` : null,
    seconds: 0.01,
    attachment: null,
    retryAttachment: false,
    hostname: null,
    package: null,
    position: index,
  }
}

const milliseconds = async (work: () => Promise<unknown>): Promise<number> => {
  const start = performance.now()
  await work()
  return performance.now() - start
}

async function median(measure: () => Promise<number>): Promise<number> {
  const measured: number[] = []
  for (let round = 0; round < 7; round += 1) measured.push(await measure())
  return measured.sort((one, other) => one - other)[3] ?? 0
}

/** The longest time in which nothing else had its turn. */
async function longestBlock(work: () => Promise<unknown>): Promise<number> {
  let [last, longest] = [performance.now(), 0]
  const timer = setInterval(() => {
    const time = performance.now()
    longest = Math.max(longest, time - last - 1)
    last = time
  }, 1)
  await work()
  clearInterval(timer)
  return longest
}

const range = (count: number, start = 0): number[] => Array.from({ length: count }, (_, index) => start + index)

/** What remembering tests costs: in Redis, in time, and in what a CI job waits for its list. */
export async function benchTestMemory(): Promise<Figure[]> {
  const server = await startTestRedis()
  const redis = createRedis(server.description, 'store', pino({ level: 'silent' }))
  const thread = new TestThread()
  try {
    const client = server.client()
    const used = async () => Number(/used_memory:(\d+)/.exec(await client.info('memory'))?.[1])
    await rememberTests(redis, update(1, {}))
    const before = await used()
    for (const start of range(flakyTests / 200).map((part) => part * 200)) {
      await rememberTests(redis, update(10 + start, { verdicts: range(200, start).map(verdict) }))
    }
    const bytes = (await used()) - before
    const memory = createTestMemory(redis)
    const work = createReportWork(thread)
    const packed = await packOutcomes(range(inPipeline).map(outcome))
    const attempt = { pipeline: 99_999, sha: 'a', job: 'rspec', id: 1, attempt: 1, failureReason: null, bytes: packed }
    const record = async (pipeline: number) => {
      const watched = await memory.watched(project)
      const judged = await work.judge({ attempts: [{ ...attempt, pipeline }], massFailure: 0.5, watched })
      const passed = judged.passed.map((id) => ({ id, explained: null }))
      await rememberTests(redis, update(pipeline, { passed, verdicts: range(20).map(verdict) }))
    }
    await record(100_000)
    let pipeline = 100_001
    const took = await median(() => milliseconds(() => record(pipeline++)))
    const blocked = await median(() => longestBlock(() => record(pipeline++)))
    await memory.unhealthy(project, now, hysteresis)
    const list = (from: typeof memory) => milliseconds(() => from.unhealthy(project, now, hysteresis))
    const warm = await median(() => list(memory))
    const cold = await median(() => list(createTestMemory(redis)))
    return [
      {
        label: `test memory: bytes for each of ${tests / 1000},000 tests, ${flakyTests / 1000},000 of them flaky`,
        value: `${Math.round(bytes / tests)} B (${Math.round(bytes / flakyTests)} B for a flaky one)`,
        target: '≤ 100 B',
      },
      {
        label: `test memory: judge and record a pipeline of ${inPipeline / 1000},000 tests`,
        value: `${took.toFixed(0)} ms`,
        target: '≤ 1000 ms',
      },
      { label: 'test memory: event loop blocked meanwhile', value: `${blocked.toFixed(0)} ms`, target: '≤ 50 ms' },
      {
        label: `test memory: list of ${flakyTests / 1000},000 flaky tests, as it was`,
        value: `${warm.toFixed(0)} ms`,
        target: '≤ 50 ms',
      },
      {
        label: `test memory: list of ${flakyTests / 1000},000 flaky tests, just changed`,
        value: `${cold.toFixed(0)} ms`,
        target: '≤ 50 ms',
      },
    ]
  } finally {
    await thread.close()
    redis.disconnect()
    await server.stop()
  }
}
