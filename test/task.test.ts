import { setTimeout as sleep } from 'node:timers/promises'
import { Queue } from 'bullmq'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Running } from '../src/index.ts'
import { queuePrefix } from '../src/redis/keys.ts'
import { eventually, startBot, startTestRedis, type TestRedis, webhookSecret } from './support/bot.ts'
import { type FakeGitLab, startFakeGitLab } from './support/fake-gitlab/index.ts'
import type { FaultSpec } from './support/fake-gitlab/rest/faults.ts'
import type { JobSpec } from './support/fake-gitlab/specs.ts'
import type { MergeRequest, Pipeline, Project, User } from './support/fake-gitlab/types.ts'

type Shown = { because: string; outcome: string; actions: { type: string; outcome: { result: string } | null }[] }

const jobs: JobSpec[] = [
  { name: 'rspec fail-fast', stage: 'test', status: 'running' },
  { name: 'rspec 1/2', stage: 'test', status: 'running' },
  // It keeps the pipeline from ending as failed, so that a commit status has to say it.
  { name: 'approve', stage: 'test', status: 'manual', when: 'manual', allowFailure: false },
]

let gitlab: FakeGitLab
let redis: TestRedis
let bots: Running[]
let lines: string[]
let project: Project
let author: User
let botUser: User
let token: string
let queues: Queue[]

beforeEach(async () => {
  bots = []
  lines = []
  queues = []
  redis = await startTestRedis()
  gitlab = await startFakeGitLab()
  author = gitlab.addUser({ username: 'imke' })
  project = gitlab.addProject({ path: 'meadow/orchard' })
  gitlab.addMember(project, author, 'developer')
  const added = gitlab.addBot(project)
  botUser = added.user
  token = added.token
})

afterEach(async () => {
  await Promise.all(queues.map((queue) => queue.close()))
  for (const bot of bots) await bot.close()
  const { problems } = gitlab
  await gitlab.close()
  await redis.stop()
  expect(problems).toEqual([])
})

async function start(roles = { receiver: true, worker: true }): Promise<Running> {
  const log = (line: string) => void lines.push(line)
  const bot = await startBot({ gitlab, token, redis, roles, log, config: 'fail_fast: {settle: 0s}' })
  bots.push(bot)
  return bot
}

async function run(): Promise<void> {
  const bot = await start()
  gitlab.addHook(project, { url: `${bot.url}/webhooks/gitlab`, token: webhookSecret, events: ['job_events'] })
  await eventually(
    () => fetch(`${bot.url}/readyz`),
    ({ ok }) => ok,
  )
}

function failingPipeline(): { mergeRequest: MergeRequest; pipeline: Pipeline } {
  const mergeRequest = gitlab.addMergeRequest(project, {
    sourceBranch: `apples-${project.mergeRequests.length}`,
    author,
  })
  return { mergeRequest, pipeline: gitlab.addPipeline(project, { mergeRequest, jobs }) }
}

const fail = (pipeline: Pipeline) =>
  gitlab.finishJob(gitlab.job(pipeline, 'rspec fail-fast'), 'failed', { failureReason: 'script_failure' })

async function decisions(pipeline: Pipeline): Promise<Shown[]> {
  const [bot] = bots
  const response = await fetch(`${bot?.url}/api/v1/decisions?project=${project.id}&pipeline=${pipeline.id}`)
  const all = (await response.json()) as (Shown & { reaction: string })[]
  return all.filter(({ reaction }) => reaction === 'fail-fast')
}

const performed = (pipeline: Pipeline) =>
  eventually(
    () => decisions(pipeline),
    ([decision]) => decision?.outcome === 'performed',
  )

const said = (message: string) => lines.filter((line) => line.includes(`"msg":"${message}"`))

function queueOf(name: string): Queue {
  const queue = new Queue(name, { connection: redis.client(), prefix: queuePrefix(name) })
  queues.push(queue)
  return queue
}

/** Everything that was to be done was done, and nothing twice. */
function expectDone(mergeRequest: MergeRequest, pipeline: Pipeline): void {
  expect(gitlab.job(pipeline, 'rspec 1/2').status).toBe('canceled')
  expect(mergeRequest.notes.map(({ author: { id } }) => id)).toEqual([botUser.id])
  const statuses = pipeline.jobs.filter(({ kind }) => kind === 'external')
  expect(statuses.map(({ name, status }) => [name, status])).toEqual([['pipewarden/fail-fast', 'failed']])
}

const steps: { step: string; where: Omit<FaultSpec, 'fault'> }[] = [
  { step: 'the cancel', where: { method: 'POST', path: /\/cancel$/ } },
  { step: 'the note', where: { method: 'POST', path: /\/notes$/ } },
  { step: 'the look at the outcome', where: { method: 'GET', path: /\/pipelines\/\d+$/ } },
  { step: 'the commit status', where: { method: 'POST', path: /\/statuses\// } },
]

const faults = [
  { fault: 'after-apply' as const, what: 'was done, but the answer was lost' },
  { fault: 502, what: 'failed on the way' },
]

describe('a saved decision is performed until everything is done once', () => {
  it.each(steps.flatMap(({ step, where }) => faults.map((each) => ({ step, where, ...each }))))(
    'when $step $what',
    async ({ where, fault }) => {
      const { mergeRequest, pipeline } = failingPipeline()
      await run()
      gitlab.failNext({ ...where, fault })
      fail(pipeline)
      await performed(pipeline)
      expectDone(mergeRequest, pipeline)
      expect(said('decided')).toHaveLength(1)
    },
  )

  it('and not decided anew, also when the facts are others by then', async () => {
    const { mergeRequest, pipeline } = failingPipeline()
    await run()
    gitlab.failNext({ fault: 500, method: 'POST', path: /\/notes$/ })
    fail(pipeline)
    await eventually(
      () => gitlab.calls('POST', /\/notes$/),
      ({ length }) => length === 1,
    )
    gitlab.setLabels(mergeRequest, ['pipeline:skip-fail-fast'], author)
    await performed(pipeline)
    expectDone(mergeRequest, pipeline)
  })
})

describe('a refusal', () => {
  it.each([
    {
      what: 'a missing role',
      refuse: () => gitlab.addMember(project, botUser, 'reporter'),
      says: /403 Forbidden.*Developer role/,
    },
    {
      what: 'a missing scope',
      refuse: () =>
        gitlab.failNext({ fault: 403, method: 'POST', path: /cancel$/, body: { error: 'insufficient_scope' } }),
      says: /403.*scope/,
    },
    {
      what: 'a token that is not valid any more',
      refuse: () => gitlab.failNext({ fault: 401, method: 'POST', path: /cancel$/ }),
      says: /401 Unauthorized.*GITLAB_TOKEN/,
    },
  ])('for $what puts the task into the failed set at once and names it', async ({ refuse, says }) => {
    const { pipeline } = failingPipeline()
    await run()
    refuse()
    fail(pipeline)
    const [failed] = await eventually(
      () => queueOf('fail-fast').getFailed(),
      ({ length }) => length === 1,
    )
    expect(failed?.failedReason).toMatch(says)
    expect(failed?.attemptsMade).toBe(1)
    expect((await decisions(pipeline))[0]?.outcome).toBe('refused')
    expect(gitlab.calls('POST', /cancel$/)).toHaveLength(1)
  })

  it('does not keep a later delivery about the same fact away, once the right was given', async () => {
    const { mergeRequest, pipeline } = failingPipeline()
    await run()
    gitlab.addMember(project, botUser, 'reporter')
    fail(pipeline)
    await eventually(
      () => decisions(pipeline),
      ([decision]) => decision?.outcome === 'refused',
    )
    gitlab.addMember(project, botUser, 'developer')
    const [delivery] = gitlab.deliveries.filter(({ responseStatus }) => responseStatus === 202)
    if (!delivery) throw new Error('nothing was queued')
    const requestHeaders = { ...delivery.requestHeaders, 'Idempotency-Key': 'another hook' }
    await gitlab.resend({ ...delivery, requestHeaders })
    await performed(pipeline)
    expectDone(mergeRequest, pipeline)
  })
})

describe('what is not there yet', () => {
  it('is looked for again, since replicas of GitLab lag', async () => {
    gitlab.behaviour.replicaLag = 2_500
    await run()
    const { mergeRequest, pipeline } = failingPipeline()
    fail(pipeline)
    await performed(pipeline)
    expectDone(mergeRequest, pipeline)
    expect(gitlab.requests.some(({ status }) => status === 404)).toBe(true)
    expect(await queueOf('fail-fast').getFailed()).toEqual([])
  })
})

describe('a rate limit', () => {
  it('is waited for by all processes, and uses up no attempt', async () => {
    const first = failingPipeline().pipeline
    const second = failingPipeline().pipeline
    await run()
    await start({ receiver: false, worker: true })
    await eventually(
      () => gitlab.calls('GET', /^\/user$/),
      ({ length }) => length === 2,
    )
    gitlab.failNext({ fault: 'rack-limit', method: 'GET', path: /\/jobs$/, retryAfter: 30 })
    fail(first)
    const queue = queueOf('fail-fast')
    const [waiting] = await eventually(
      () => queue.getDelayed(),
      ({ length }) => length === 1,
    )
    expect(waiting?.attemptsMade).toBe(0)
    expect(waiting?.delay).toBeGreaterThan(25_000)
    // What one process learns the others know within a second.
    await sleep(1_200)
    const asked = gitlab.requests.length
    fail(second)
    await eventually(
      () => queue.getDelayed(),
      ({ length }) => length === 2,
    )
    // Whichever process took the second task, it has not asked: the limit is known to all.
    expect(gitlab.requests.length).toBe(asked)
    expect(said('task failed, tried again later')).toEqual([])
  })

  it('that is short is waited for, and then everything is done', async () => {
    const { mergeRequest, pipeline } = failingPipeline()
    await run()
    gitlab.failNext({ fault: 'rack-limit', method: 'POST', path: /\/cancel$/, retryAfter: 1 })
    fail(pipeline)
    await performed(pipeline)
    expectDone(mergeRequest, pipeline)
  })
})
