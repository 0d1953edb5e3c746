import { setTimeout as sleep } from 'node:timers/promises'
import type { Queue } from 'bullmq'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { parseConfig } from '../config/load.ts'
import type { JobEvent } from '../src/event.ts'
import type { Reaction } from '../src/reaction.ts'
import type { SavedDecision } from '../src/store/decisions.ts'
import { failFast } from '../workers/fail-fast/index.ts'
import { eventually, startTestRedis, type TestRedis } from './support/bot.ts'
import { jobEvent } from './support/builders.ts'
import { type FakeGitLab, startFakeGitLab } from './support/fake-gitlab/index.ts'
import type { FaultSpec } from './support/fake-gitlab/rest/faults.ts'
import type { JobSpec } from './support/fake-gitlab/specs.ts'
import type { MergeRequest, Pipeline, Project, User } from './support/fake-gitlab/types.ts'
import { createWorkbench, type Workbench } from './support/workbench.ts'

const reaction: Reaction = failFast(parseConfig('fail_fast: {settle: 0s}', 'test.yaml').configFor)

const jobs: JobSpec[] = [
  { name: 'rspec fail-fast', stage: 'test', status: 'running' },
  { name: 'rspec 1/2', stage: 'test', status: 'running' },
  // It keeps the pipeline from ending as failed, so that a commit status has to say it.
  { name: 'approve', stage: 'test', status: 'manual', when: 'manual', allowFailure: false },
]

let gitlab: FakeGitLab
let redis: TestRedis
let benches: Workbench[]
let lines: string[]
let project: Project
let author: User
let botUser: User
let token: string

beforeEach(async () => {
  benches = []
  lines = []
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
  for (const bench of benches) await bench.close()
  const { problems } = gitlab
  await gitlab.close()
  await redis.stop()
  expect(problems).toEqual([])
})

/** Workers as one process has them; they know who the bot is. */
async function run(): Promise<Workbench> {
  const log = (line: string) => void lines.push(line)
  const bench = await createWorkbench({ gitlab, token, redis, reactions: [reaction], log })
  benches.push(bench)
  await eventually(
    () => gitlab.calls('GET', /^\/user$/),
    ({ length }) => length === benches.length,
  )
  bench.startWorkers()
  return bench
}

function failingPipeline(): { mergeRequest: MergeRequest; pipeline: Pipeline } {
  const mergeRequest = gitlab.addMergeRequest(project, {
    sourceBranch: `apples-${project.mergeRequests.length}`,
    author,
  })
  return { mergeRequest, pipeline: gitlab.addPipeline(project, { mergeRequest, jobs }) }
}

/** The fail-fast job fails, and its event arrives. */
async function fail(bench: Workbench, pipeline: Pipeline): Promise<JobEvent> {
  const job = gitlab.job(pipeline, 'rspec fail-fast')
  gitlab.finishJob(job, 'failed', { failureReason: 'script_failure' })
  const { ref, sha } = pipeline
  const mergeRequest = pipeline.mergeRequest?.iid ?? null
  const where = { id: project.id, path: project.path, defaultBranch: 'main' }
  const event = jobEvent({ at: Date.now(), project: where, job: job.id, pipeline: pipeline.id, ref, sha, mergeRequest })
  await bench.add(event, [reaction])
  return event
}

async function decisionOn(pipeline: Pipeline): Promise<SavedDecision | undefined> {
  const found = await benches[0]?.decisions.find({ project: project.id, pipeline: pipeline.id })
  return found?.[0]
}

const performed = (pipeline: Pipeline) =>
  eventually(
    () => decisionOn(pipeline),
    (decision) => decision?.finished === true,
  )

const said = (message: string) => lines.filter((line) => line.includes(`"msg":"${message}"`))

const queueOf = (bench: Workbench): Queue => bench.queueOf(reaction)

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
      const bench = await run()
      gitlab.failNext({ ...where, fault })
      await fail(bench, pipeline)
      await performed(pipeline)
      expectDone(mergeRequest, pipeline)
      expect(said('decided')).toHaveLength(1)
    },
  )

  it('with at most eight calls of GitLab, and one more an hour and project to learn how long jobs take', async () => {
    const bench = await run()
    const counts: number[] = []
    for (const branch of ['ripe', 'riper']) {
      const mergeRequest = gitlab.addMergeRequest(project, { sourceBranch: branch, author })
      const pipeline = gitlab.addPipeline(project, { mergeRequest, jobs: jobs.slice(0, 2) })
      const before = gitlab.requests.length
      await fail(bench, pipeline)
      await performed(pipeline)
      counts.push(gitlab.requests.length - before)
      expect(mergeRequest.notes).toHaveLength(1)
    }
    expect(counts[0]).toBeLessThanOrEqual(9)
    expect(counts[1]).toBeLessThanOrEqual(8)
  })

  it('and not decided anew, also when the facts are others by then', async () => {
    const { mergeRequest, pipeline } = failingPipeline()
    const bench = await run()
    gitlab.failNext({ fault: 500, method: 'POST', path: /\/notes$/ })
    await fail(bench, pipeline)
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
    const bench = await run()
    refuse()
    await fail(bench, pipeline)
    const queue = queueOf(bench)
    const [failed] = await eventually(
      () => queue.getFailed(),
      ({ length }) => length === 1,
    )
    expect(failed?.failedReason).toMatch(says)
    expect(failed?.attemptsMade).toBe(1)
    expect((await decisionOn(pipeline))?.outcomes[0]).toMatchObject({ result: 'refused' })
    expect(gitlab.calls('POST', /cancel$/)).toHaveLength(1)
  })

  it('does not keep a later event about the same fact away, once the right was given', async () => {
    const { mergeRequest, pipeline } = failingPipeline()
    const bench = await run()
    gitlab.addMember(project, botUser, 'reporter')
    const event = await fail(bench, pipeline)
    const queue = queueOf(bench)
    await eventually(
      () => queue.getFailed(),
      ({ length }) => length === 1,
    )
    gitlab.addMember(project, botUser, 'developer')
    await bench.add(event, [reaction])
    await performed(pipeline)
    expectDone(mergeRequest, pipeline)
  })
})

describe('what is not there', () => {
  it('yet is looked for again, since replicas of GitLab lag', async () => {
    gitlab.behaviour.replicaLag = 2_500
    const bench = await run()
    const { mergeRequest, pipeline } = failingPipeline()
    await fail(bench, pipeline)
    await performed(pipeline)
    expectDone(mergeRequest, pipeline)
    expect(gitlab.requests.some(({ status }) => status === 404)).toBe(true)
    expect(await queueOf(bench).getFailed()).toEqual([])
  })

  it('30 s after its event is gone for good', async () => {
    const bench = await run()
    await bench.add(jobEvent({ at: Date.now() - 31_000, project: { id: project.id, path: '', defaultBranch: null } }), [
      reaction,
    ])
    const queue = queueOf(bench)
    const [failed] = await eventually(
      () => queue.getFailed(),
      ({ length }) => length === 1,
    )
    expect(failed?.failedReason).toMatch(/pipelines\/900\/jobs: 404/)
    expect(failed?.attemptsMade).toBe(1)
  })
})

describe('a rate limit', () => {
  it('is waited for by all processes, and uses up no attempt', async () => {
    const first = failingPipeline().pipeline
    const second = failingPipeline().pipeline
    const bench = await run()
    await run()
    gitlab.failNext({ fault: 'rack-limit', method: 'GET', path: /\/jobs$/, retryAfter: 30 })
    await fail(bench, first)
    const queue = queueOf(bench)
    const [waiting] = await eventually(
      () => queue.getDelayed(),
      ({ length }) => length === 1,
    )
    expect(waiting?.attemptsMade).toBe(0)
    expect(waiting?.delay).toBeGreaterThan(25_000)
    // What one process learns the others know within a second.
    await sleep(1_200)
    const asked = gitlab.requests.length
    await fail(bench, second)
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
    const bench = await run()
    gitlab.failNext({ fault: 'rack-limit', method: 'POST', path: /\/cancel$/, retryAfter: 1 })
    await fail(bench, pipeline)
    await performed(pipeline)
    expectDone(mergeRequest, pipeline)
  })
})
