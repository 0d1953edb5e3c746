import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { type Decision, skip } from '../src/action.ts'
import { NotYetError, RefusedError } from '../src/errors.ts'
import type { JobEvent } from '../src/event.ts'
import { retryDelays } from '../src/queue.ts'
import type { Reaction } from '../src/reaction.ts'
import { eventually, startTestRedis, type TestRedis } from './support/bot.ts'
import { jobEvent } from './support/builders.ts'
import { type FakeGitLab, startFakeGitLab } from './support/fake-gitlab/index.ts'
import { createWorkbench, uniqueName, type Workbench } from './support/workbench.ts'

let redis: TestRedis
let gitlab: FakeGitLab
let token: string
let bench: Workbench

beforeAll(async () => {
  redis = await startTestRedis()
  gitlab = await startFakeGitLab()
  gitlab.addUser({ username: 'imke' })
  token = gitlab.addBot(gitlab.addProject({ path: 'meadow/orchard' })).token
})

afterAll(async () => {
  await gitlab.close()
  await redis.stop()
})

/** A reaction that counts how often it looked, in a queue of its own. */
type Probe = Reaction<JobEvent, number> & { looked: number[] }

function probe(look: (time: number, event: JobEvent) => Decision | Promise<Decision>, settle = 0): Probe {
  const name = uniqueName()
  const decisions = new Map<number, Decision>()
  const looked: number[] = []
  return {
    looked,
    name,
    on: ['job'],
    when: () => true,
    fact: (event) => `${name}/${event.job}`,
    settle: () => settle,
    async gather(event) {
      const time = looked.push(Date.now())
      decisions.set(time, await look(time, event))
      return time
    },
    decide: (time) => decisions.get(time) ?? skip('never looked'),
  }
}

async function open(...reactions: Probe[]): Promise<void> {
  bench = await createWorkbench({ gitlab, token, redis, reactions })
}

afterEach(() => bench.close())

const event = (change: Partial<JobEvent> = {}): JobEvent => jobEvent({ at: Date.now(), ...change })

describe('a task', () => {
  it('that fails is tried again after 1 s, 5 s, 25 s, 90 s and 180 s, then rests in the failed set with its reason', async () => {
    const failing = probe((time) => Promise.reject(new Error(`broken for the ${time}. time`)))
    await open(failing)
    bench.startWorkers()
    await bench.add(event(), [failing])
    const queue = bench.queueOf(failing)
    const waits: number[] = []
    for (let attempt = 1; attempt <= retryDelays.length; attempt += 1) {
      const [task] = await eventually(
        () => queue.getDelayed(),
        ([waiting]) => waiting?.attemptsMade === attempt,
      )
      waits.push(task?.delay ?? 0)
      await task?.promote()
    }
    const [failed] = await eventually(
      () => queue.getFailed(),
      ({ length }) => length === 1,
    )
    expect(waits).toEqual([1_000, 5_000, 25_000, 90_000, 180_000])
    expect(failed).toMatchObject({ attemptsMade: 6, failedReason: 'broken for the 6. time' })
    expect(failing.looked).toHaveLength(6)
  })

  it('that fails comes back by itself', async () => {
    const failing = probe((time) => (time === 1 ? Promise.reject(new Error('broken')) : skip('mended')))
    await open(failing)
    bench.startWorkers()
    await bench.add(event(), [failing])
    const [first = 0, second = 0] = await eventually(
      () => failing.looked,
      ({ length }) => length === 2,
    )
    expect(second - first).toBeGreaterThanOrEqual(1_000)
    expect(second - first).toBeLessThan(3_000)
  })

  it('that was refused is not tried again and says why', async () => {
    const refused = probe(() => Promise.reject(new RefusedError('a right is missing')))
    await open(refused)
    bench.startWorkers()
    await bench.add(event(), [refused])
    const [failed] = await eventually(
      () => bench.queueOf(refused).getFailed(),
      ({ length }) => length === 1,
    )
    expect(failed).toMatchObject({ attemptsMade: 1, failedReason: 'a right is missing' })
  })

  it('that comes too early waits as long as it says and uses up no attempt', async () => {
    const early = probe((time) => (time <= 8 ? Promise.reject(new NotYetError('too early', 40)) : skip('now')))
    await open(early)
    bench.startWorkers()
    await bench.add(event(), [early])
    await eventually(
      () => early.looked,
      ({ length }) => length === 9,
    )
    const gaps = early.looked.slice(1).map((at, index) => at - (early.looked[index] ?? 0))
    for (const gap of gaps) expect(gap).toBeGreaterThanOrEqual(39)
    expect(await bench.queueOf(early).getFailed()).toEqual([])
  })

  it('settles before it is looked at', async () => {
    const settling = probe(() => skip('looked'), 400)
    await open(settling)
    bench.startWorkers()
    const added = Date.now()
    await bench.add(event(), [settling])
    const [first = 0] = await eventually(
      () => settling.looked,
      ({ length }) => length === 1,
    )
    expect(first - added).toBeGreaterThanOrEqual(399)
    expect(first - added).toBeLessThan(2_000)
  })

  it('is the only one for a fact as long as it waits', async () => {
    const once = probe(() => skip('looked'), 300)
    await open(once)
    bench.startWorkers()
    await Promise.all(Array.from({ length: 5 }, () => bench.add(event(), [once])))
    expect(await bench.queueOf(once).getJobCounts('delayed', 'waiting', 'active')).toMatchObject({ delayed: 1 })
    await eventually(
      () => once.looked,
      ({ length }) => length > 0,
    )
    await bench.add(event({ job: 5002 }), [once])
    await eventually(
      () => once.looked,
      ({ length }) => length === 2,
    )
  })

  it('about a fact that was decided looks no more', async () => {
    const once = probe(() => skip('looked'))
    const marker = probe(() => skip('looked'))
    await open(once, marker)
    bench.startWorkers()
    await bench.add(event(), [once])
    const decided = () => redis.client().keys(`*decision:${once.name}*`)
    await eventually(decided, ({ length }) => length === 1)
    await bench.add(event(), [once, marker])
    await eventually(
      () => marker.looked,
      ({ length }) => length === 1,
    )
    const queue = bench.queueOf(once)
    await eventually(
      () => queue.getJobCounts('active', 'waiting'),
      (counts) => counts.active === 0 && counts.waiting === 0,
    )
    expect(once.looked).toHaveLength(1)
  })

  it('that failed for good does not keep a new one for the same fact away', async () => {
    const sometimes = probe((time) => (time === 1 ? Promise.reject(new RefusedError('no right')) : skip('mended')))
    await open(sometimes)
    bench.startWorkers()
    await bench.add(event(), [sometimes])
    const queue = bench.queueOf(sometimes)
    await eventually(
      () => queue.getFailed(),
      ({ length }) => length === 1,
    )
    await bench.add(event(), [sometimes])
    await eventually(
      () => sometimes.looked,
      ({ length }) => length === 2,
    )
    expect(await redis.client().keys(`*decision:${sometimes.name}*`)).toHaveLength(1)
  })

  it('can be retried by hand after the reason was mended', async () => {
    const sometimes = probe((time) => (time === 1 ? Promise.reject(new RefusedError('no right')) : skip('mended')))
    await open(sometimes)
    bench.startWorkers()
    await bench.add(event(), [sometimes])
    const queue = bench.queueOf(sometimes)
    const [failed] = await eventually(
      () => queue.getFailed(),
      ({ length }) => length === 1,
    )
    await failed?.retry()
    await eventually(
      () => queue.getJobCounts('failed', 'active', 'waiting'),
      (counts) => Object.values(counts).every((count) => count === 0),
    )
    expect(sometimes.looked).toHaveLength(2)
  })

  it('of one reaction does not delay those of another', async () => {
    const stuck = probe(() => new Promise((resolve) => setTimeout(() => resolve(skip('late')), 1_500)))
    const quick = probe(() => skip('quick'))
    await open(stuck, quick)
    bench.startWorkers()
    await Promise.all(Array.from({ length: 60 }, (_, job) => bench.add(event({ job: job + 1 }), [stuck])))
    const added = Date.now()
    await bench.add(event(), [quick])
    const [at = 0] = await eventually(
      () => quick.looked,
      ({ length }) => length === 1,
    )
    expect(at - added).toBeLessThan(500)
  })
})

describe('Redis', () => {
  it('holds nothing of a thousand finished tasks but their decisions', async () => {
    const own = await startTestRedis()
    const counting = probe(() => skip('nothing to do'))
    bench = await createWorkbench({ gitlab, token, redis: own, reactions: [counting] })
    const warmUp = event({ job: 999_999 })
    bench.startWorkers()
    await bench.add(warmUp, [counting])
    const keys = async () => (await own.client().keys('*')).filter((name) => !name.includes('decision:'))
    await eventually(
      () => counting.looked,
      ({ length }) => length === 1,
    )
    const before = await eventually(keys, ({ length }) => length > 3)
    const jobs = Array.from({ length: 1_000 }, (_, index) => index + 1)
    await Promise.all(jobs.map((job) => bench.add(event({ job, mergeRequest: null, pipeline: 900 }), [counting])))
    const queue = bench.queueOf(counting)
    await eventually(
      () => queue.getJobCounts('active', 'waiting', 'delayed', 'completed', 'failed'),
      (counts) => counting.looked.length === 1_001 && Object.values(counts).every((count) => count === 0),
    )
    const decisions = await own.client().keys('*decision:*')
    expect(decisions).toHaveLength(1_001)
    expect((await keys()).sort()).toEqual(before.sort())
    await bench.close()
    await own.stop()
    await open()
  })
})
