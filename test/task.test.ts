import { setTimeout as sleep } from 'node:timers/promises'
import type { Queue } from 'bullmq'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { parseConfig } from '../config/load.ts'
import type { JobEvent } from '../src/event.ts'
import type { Reaction } from '../src/reaction.ts'
import type { SavedDecision } from '../src/store/decisions.ts'
import { failFast } from '../workers/fail-fast/index.ts'
import { eventually } from './support/bot.ts'
import { jobEvent, passedPipeline } from './support/builders.ts'
import type { FaultSpec } from './support/fake-gitlab/rest/faults.ts'
import type { JobSpec } from './support/fake-gitlab/specs.ts'
import type { MergeRequest, Pipeline } from './support/fake-gitlab/types.ts'
import { usePlace } from './support/place.ts'
import { createWorkbench, type Workbench, type WorkbenchOptions } from './support/workbench.ts'

const reaction: Reaction = failFast(parseConfig('fail_fast: {settle: 0s}', 'test.yaml').configFor)

const jobs: JobSpec[] = [
  { name: 'rspec fail-fast', stage: 'test', status: 'running' },
  { name: 'rspec 1/2', stage: 'test', status: 'running' },
  // It keeps the pipeline from ending as failed, so that a commit status has to say it.
  { name: 'approve', stage: 'test', status: 'manual', when: 'manual', allowFailure: false },
]

const place = usePlace()
let benches: Workbench[]
let lines: string[]

beforeEach(() => {
  benches = []
  lines = []
})

afterEach(async () => {
  for (const bench of benches) await bench.close()
})

/** Workers as one process has them; they know who the bot is. */
async function run(options: Partial<WorkbenchOptions> = {}): Promise<Workbench> {
  const log = (line: string) => void lines.push(line)
  const bench = await createWorkbench({ ...place, reactions: [reaction], log, ...options })
  benches.push(bench)
  await eventually(
    () => place.gitlab.calls('GET', /^\/user$/),
    ({ length }) => length === benches.length,
  )
  bench.startWorkers()
  return bench
}

function failingPipeline(): { mergeRequest: MergeRequest; pipeline: Pipeline } {
  const mergeRequest = place.gitlab.addMergeRequest(place.project, {
    sourceBranch: `apples-${place.project.mergeRequests.length}`,
    author: place.author,
  })
  return { mergeRequest, pipeline: place.gitlab.addPipeline(place.project, { mergeRequest, jobs }) }
}

/** The fail-fast job fails, and its event arrives. */
async function fail(bench: Workbench, pipeline: Pipeline): Promise<JobEvent> {
  const job = place.gitlab.job(pipeline, 'rspec fail-fast')
  place.gitlab.finishJob(job, 'failed', { failureReason: 'script_failure' })
  const { ref, sha } = pipeline
  const mergeRequest = pipeline.mergeRequest?.iid ?? null
  const where = { id: place.project.id, path: place.project.path, defaultBranch: 'main' }
  const event = jobEvent({ at: Date.now(), project: where, job: job.id, pipeline: pipeline.id, ref, sha, mergeRequest })
  await bench.add(event, [reaction])
  return event
}

async function decisionOn(pipeline: Pipeline): Promise<SavedDecision | undefined> {
  const found = await benches[0]?.decisions.find({ project: place.project.id, pipeline: pipeline.id })
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
  expect(place.gitlab.job(pipeline, 'rspec 1/2').status).toBe('canceled')
  expect(mergeRequest.notes.map(({ author: { id } }) => id)).toEqual([place.botUser.id])
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
      place.gitlab.failNext({ ...where, fault })
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
      const mergeRequest = place.gitlab.addMergeRequest(place.project, { sourceBranch: branch, author: place.author })
      const pipeline = place.gitlab.addPipeline(place.project, { mergeRequest, jobs: jobs.slice(0, 2) })
      const before = place.gitlab.requests.length
      await fail(bench, pipeline)
      await performed(pipeline)
      counts.push(place.gitlab.requests.length - before)
      expect(mergeRequest.notes).toHaveLength(1)
    }
    expect(counts[0]).toBeLessThanOrEqual(9)
    expect(counts[1]).toBeLessThanOrEqual(8)
  })

  it('and not decided anew, also when the facts are others by then', async () => {
    const { mergeRequest, pipeline } = failingPipeline()
    const bench = await run()
    place.gitlab.failNext({ fault: 500, method: 'POST', path: /\/notes$/ })
    await fail(bench, pipeline)
    await eventually(
      () => place.gitlab.calls('POST', /\/notes$/),
      ({ length }) => length === 1,
    )
    place.gitlab.setLabels(mergeRequest, ['pipeline:skip-fail-fast'], place.author)
    await performed(pipeline)
    expectDone(mergeRequest, pipeline)
  })
})

describe('a pipeline that passed where nothing was stopped', () => {
  it('costs no call of GitLab, and leaves no decision behind', async () => {
    const bench = await run()
    const before = place.gitlab.requests.length
    const { id, path } = place.project
    const event = passedPipeline({ project: { id, path, defaultBranch: null }, targetProject: id })
    await bench.add(event, [reaction])
    await eventually(
      () => said('decided'),
      ({ length }) => length === 1,
    )
    await eventually(
      () => queueOf(bench).getActiveCount(),
      (count) => count === 0,
    )
    expect(place.gitlab.requests).toHaveLength(before)
    expect(await bench.decisions.find({ project: place.project.id })).toEqual([])
  })
})

describe('a refusal', () => {
  it.each([
    {
      what: 'a missing role',
      refuse: () => place.gitlab.addMember(place.project, place.botUser, 'reporter'),
      says: /403 Forbidden.*Developer role/,
    },
    {
      what: 'a missing scope',
      refuse: () =>
        place.gitlab.failNext({ fault: 403, method: 'POST', path: /cancel$/, body: { error: 'insufficient_scope' } }),
      says: /403.*scope/,
    },
    {
      what: 'a token that is not valid any more',
      refuse: () => place.gitlab.failNext({ fault: 401, method: 'POST', path: /cancel$/ }),
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
    expect(failed?.stacktrace).toEqual([])
    expect(failed?.attemptsMade).toBe(1)
    expect((await decisionOn(pipeline))?.outcomes[0]).toMatchObject({ result: 'refused' })
    expect(place.gitlab.calls('POST', /cancel$/)).toHaveLength(1)
  })

  it('is judged anew when the right was given long after, for the job may have passed since', async () => {
    const { mergeRequest, pipeline } = failingPipeline()
    const bench = await run()
    place.gitlab.addMember(place.project, place.botUser, 'reporter')
    await fail(bench, pipeline)
    const queue = queueOf(bench)
    const [task] = await eventually(
      () => queue.getFailed(),
      ({ length }) => length === 1,
    )
    place.gitlab.addMember(place.project, place.botUser, 'developer')
    const again = place.gitlab.retryJob(place.gitlab.job(pipeline, 'rspec fail-fast'), place.author)
    place.gitlab.finishJob(again, 'success')
    const decision = await decisionOn(pipeline)
    if (decision) await bench.decisions.update({ ...decision, at: decision.at - 11 * 60_000 })
    await task?.retry('failed')
    expect((await performed(pipeline))?.because).toContain('is a newer attempt of rspec fail-fast')
    expect(place.gitlab.calls('POST', /cancel$/)).toHaveLength(1)
    expect(mergeRequest.notes).toEqual([])
  })

  it('does not keep a later event about the same fact away, once the right was given', async () => {
    const { mergeRequest, pipeline } = failingPipeline()
    const bench = await run()
    place.gitlab.addMember(place.project, place.botUser, 'reporter')
    const event = await fail(bench, pipeline)
    const queue = queueOf(bench)
    await eventually(
      () => queue.getFailed(),
      ({ length }) => length === 1,
    )
    place.gitlab.addMember(place.project, place.botUser, 'developer')
    await bench.add(event, [reaction])
    await performed(pipeline)
    expectDone(mergeRequest, pipeline)
  })
})

describe('a task that waited while the configuration changed', () => {
  it.each([
    { what: 'the reaction is switched off', config: 'fail_fast: {enabled: false}' },
    { what: 'the job is none of those that count', config: 'fail_fast: {jobs: [quick]}' },
    { what: 'the project is not served any more', config: 'projects: ["other/**"]' },
  ])('begins nothing when $what', async ({ config }) => {
    const { pipeline } = failingPipeline()
    const switchedOff = failFast(parseConfig(config, 'test.yaml').configFor)
    const bench = await run({ config, reactions: [switchedOff] })
    await fail(bench, pipeline)
    await eventually(
      () => said('not wanted any more'),
      ({ length }) => length === 1,
    )
    expect(await decisionOn(pipeline)).toBeUndefined()
    expect(place.gitlab.calls('GET', /pipelines/)).toEqual([])
  })
})

describe('what is not there', () => {
  it('yet is looked for again, since replicas of GitLab lag', async () => {
    place.gitlab.behaviour.replicaLag = 2_500
    const bench = await run()
    const { mergeRequest, pipeline } = failingPipeline()
    await fail(bench, pipeline)
    await performed(pipeline)
    expectDone(mergeRequest, pipeline)
    expect(place.gitlab.requests.some(({ status }) => status === 404)).toBe(true)
    expect(await queueOf(bench).getFailed()).toEqual([])
  })

  it('any more, as a note that a person deletes while it is edited, is looked for again', async () => {
    const { mergeRequest, pipeline } = failingPipeline()
    const bench = await run()
    await fail(bench, pipeline)
    await performed(pipeline)
    const newer = place.gitlab.addPipeline(place.project, { mergeRequest, jobs })
    place.gitlab.failNext({ fault: 404, method: 'PUT', path: /\/notes\/\d+$/ })
    await fail(bench, newer)
    await performed(newer)
    expect(mergeRequest.notes).toHaveLength(1)
    expect(mergeRequest.notes[0]?.body).toContain(`pipeline ${newer.id}`)
  })

  it('30 s after its event is gone for good', async () => {
    const bench = await run()
    await bench.add(
      jobEvent({ at: Date.now() - 31_000, project: { id: place.project.id, path: '', defaultBranch: null } }),
      [reaction],
    )
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
    place.gitlab.failNext({ fault: 'rack-limit', method: 'GET', path: /\/jobs$/, retryAfter: 30 })
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
    const asked = place.gitlab.requests.length
    await fail(bench, second)
    await eventually(
      () => queue.getDelayed(),
      ({ length }) => length === 2,
    )
    // Whichever process took the second task, it has not asked: the limit is known to all.
    expect(place.gitlab.requests.length).toBe(asked)
    expect(said('task failed, tried again later')).toEqual([])
  })

  it('that is short is waited for, and then everything is done', async () => {
    const { mergeRequest, pipeline } = failingPipeline()
    const bench = await run()
    place.gitlab.failNext({ fault: 'rack-limit', method: 'POST', path: /\/cancel$/, retryAfter: 1 })
    await fail(bench, pipeline)
    await performed(pipeline)
    expectDone(mergeRequest, pipeline)
  })
})
