import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pino } from 'pino'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { parseConfig } from '../config/load.ts'
import { failed } from '../src/desk/failed.ts'
import type { Running } from '../src/index.ts'
import { createQueues, type Queues } from '../src/queue.ts'
import { startEmbeddedRedis } from '../src/redis/embedded.ts'
import { createReactions } from '../workers/reactions.ts'
import { eventually, startBot, startTestRedis, type TestRedis } from './support/bot.ts'
import { jobEvent } from './support/builders.ts'
import { type FakeGitLab, startFakeGitLab } from './support/fake-gitlab/index.ts'
import type { Pipeline, Project, User } from './support/fake-gitlab/types.ts'

type Shown = {
  reaction: string
  id: string
  time: string
  attempts: number
  error: string
  event: { pipeline: number }
  because: string | null
  facts: { left: { count: number } } | null
}

const config = 'fail_fast: {settle: 0s}'
const reactions = createReactions(parseConfig(config, 'test.yaml').configFor)
const failFast = reactions.filter(({ name }) => name === 'fail-fast')
const password = 'open sesame'

describe('what rests in the failed set', () => {
  let gitlab: FakeGitLab
  let redis: TestRedis
  let bot: Running
  let closed: Running
  let project: Project
  let author: User
  let queues: Queues

  beforeAll(async () => {
    redis = await startTestRedis()
    gitlab = await startFakeGitLab()
    author = gitlab.addUser({ username: 'imke' })
    project = gitlab.addProject({ path: 'meadow/orchard' })
    const { token } = gitlab.addBot(project)
    queues = createQueues({ redis: redis.client(), reactions, log: pino({ level: 'silent' }) })
    bot = await startBot({ gitlab, token, redis, config })
    const variables = { DASHBOARD_TOKEN: password }
    closed = await startBot({ gitlab, token, redis, variables, roles: { receiver: true, worker: false } })
  })

  beforeEach(async () => {
    const queue = queues.all.get('fail-fast')
    await queue?.clean(0, 0, 'failed')
  })

  afterAll(async () => {
    await Promise.all([bot.close(), closed.close(), queues.close()])
    await gitlab.close()
    await redis.stop()
  })

  const ask = async (query = '') => (await fetch(`${bot.url}/api/v1/failed-tasks${query}`)).json() as Promise<Shown[]>
  const restAre = (count: number) => eventually(ask, ({ length }) => length === count)
  const send = (path: string, headers: Record<string, string> = {}, url = bot.url) =>
    fetch(`${url}/api/v1/failed-tasks${path}`, { method: 'POST', headers })
  const isCanceled = (pipeline: Pipeline) =>
    eventually(
      () => pipeline.status,
      (status) => status === 'canceled' || status === 'failed',
    )
  const command = (options: Parameters<typeof failed>[0] = {}) => failed(options, { REDIS_URL: redis.url })

  /** A task that ends in the failed set because GitLab does not let the bot cancel, so many times. */
  async function refusedOnce(times = 1): Promise<Pipeline> {
    const branch = `apples-${project.pipelines.length}`
    const mergeRequest = gitlab.addMergeRequest(project, { sourceBranch: branch, author })
    const jobs = [
      { name: 'rspec fail-fast', status: 'running' as const },
      { name: 'rspec', status: 'running' as const },
    ]
    const pipeline = gitlab.addPipeline(project, { mergeRequest, jobs })
    const job = gitlab.job(pipeline, 'rspec fail-fast')
    gitlab.finishJob(job, 'failed', { failureReason: 'script_failure' })
    gitlab.failNext({ fault: 403, method: 'POST', path: new RegExp(`/pipelines/${pipeline.id}/cancel$`), times })
    const about = { project: { id: project.id, path: project.path, defaultBranch: 'main' }, pipeline: pipeline.id }
    await queues.add(jobEvent({ at: Date.now(), ...about, job: job.id, mergeRequest: mergeRequest.iid }), failFast)
    await eventually(ask, (found) => found.some(({ event }) => event.pipeline === pipeline.id))
    return pipeline
  }

  it('is listed newest first, with the reason, what was decided, and how often it was tried', async () => {
    const older = await refusedOnce()
    const newer = await refusedOnce()
    const [first, second] = await restAre(2)
    expect([first?.event.pipeline, second?.event.pipeline]).toEqual([newer.id, older.id])
    expect(first).toMatchObject({ reaction: 'fail-fast', attempts: 1, error: expect.stringContaining('403') })
    expect(first?.because).toContain('rspec fail-fast')
    expect(first?.facts?.left.count).toBe(1)
    expect(Date.now() - Date.parse(first?.time ?? '')).toBeLessThan(10_000)
    expect(await ask('?limit=1')).toEqual([first])
    expect(await ask('?reaction=fail-fast&limit=2')).toEqual([first, second])
    expect(await ask('?reaction=flaky-tests')).toEqual([])
  })

  it('is performed when somebody retries it after the right was given, once', async () => {
    const pipeline = await refusedOnce()
    const other = await refusedOnce()
    const task = (await restAre(2)).find(({ event }) => event.pipeline === pipeline.id)
    const answer = await send(`/fail-fast/${task?.id}/retry`)
    expect([answer.status, await answer.json()]).toEqual([200, { retried: 1 }])
    await isCanceled(pipeline)
    expect((await restAre(1))[0]?.event.pipeline).toBe(other.id)
    expect((await send(`/fail-fast/${task?.id}/retry`)).status).toBe(404)
  })

  it('has its attempts anew when it is retried', async () => {
    const pipeline = await refusedOnce(2)
    const [first] = await restAre(1)
    await send('/fail-fast/retry')
    const [second] = await eventually(ask, ([task]) => task !== undefined && task.time !== first?.time)
    expect(second).toMatchObject({ id: first?.id, attempts: 1 })
    await send('/retry')
    await isCanceled(pipeline)
    await restAre(0)
  })

  it.each([
    { path: '/retry', retried: 3 },
    { path: '/fail-fast/retry', retried: 3 },
    { path: '/flaky-tests/retry', retried: 0 },
  ])('is retried as a whole, or for one reaction ($path: $retried)', async ({ path, retried }) => {
    const pipelines = [await refusedOnce(), await refusedOnce(), await refusedOnce()]
    await restAre(3)
    expect(await (await send(path)).json()).toEqual({ retried })
    if (retried > 0) for (const pipeline of pipelines) await isCanceled(pipeline)
    await restAre(3 - retried)
  })

  it.each([
    { path: '/fail-fast/0/retry', status: 404, error: 'no failed task fail-fast/0' },
    { path: '/fail-fast/meta/retry', status: 404, error: 'no failed task fail-fast/meta' },
    { path: '/fail-slow/1/retry', status: 404, error: 'no failed task fail-slow/1' },
    { path: '/fail-slow/retry', status: 404, error: 'no reaction "fail-slow"; there are fail-fast, flaky-tests' },
  ])('is not asked for by a wrong name ($path)', async ({ path, status, error }) => {
    const answer = await send(path)
    expect(answer.status).toBe(status)
    expect(((await answer.json()) as { error: string }).error).toContain(error)
  })

  it.each([
    { query: '?limit=0', status: 400 },
    { query: '?limit=many', status: 400 },
    { query: '?reaction=fail-slow', status: 404 },
  ])('is not listed by $query', async ({ query, status }) => {
    expect((await fetch(`${bot.url}/api/v1/failed-tasks${query}`)).status).toBe(status)
  })

  it('is seen and retried only with DASHBOARD_TOKEN where there is one, and never from within a web page', async () => {
    await refusedOnce()
    const page = `${closed.url}/api/v1/failed-tasks`
    const authorization = `Bearer ${password}`
    expect((await fetch(page)).status).toBe(401)
    expect((await send('/retry', {}, closed.url)).status).toBe(401)
    expect((await send('/retry', { origin: 'https://example.com' })).status).toBe(403)
    expect((await fetch(page, { headers: { authorization } })).status).toBe(200)
    await restAre(1)
    expect(await (await send('/retry', { authorization }, closed.url)).json()).toEqual({ retried: 1 })
  })

  describe('is looked at and retried from the command line', () => {
    it('by the names that the list shows', async () => {
      const pipeline = await refusedOnce()
      const other = await refusedOnce()
      const task = (await restAre(2)).find(({ event }) => event.pipeline === pipeline.id)
      const { ok, text } = await command()
      expect(ok).toBe(true)
      expect(text.split('\n')).toHaveLength(4)
      expect(text).toContain(`fail-fast/${task?.id}  ${task?.time}  meadow/orchard!`)
      expect(text).toContain(`pipeline ${pipeline.id}`)
      expect(JSON.parse((await command({ json: true })).text)).toEqual(await ask())
      const retried = await command({ retry: [`fail-fast/${task?.id}`, 'fail-fast/999999', 'apples'] })
      expect(retried).toEqual({
        ok: false,
        text: '1 task waits again\nno failed task fail-fast/999999\nno failed task apples',
      })
      await isCanceled(pipeline)
      await restAre(1)
      expect(await command({ retryAll: true, reaction: 'slack', json: true })).toEqual({
        ok: true,
        text: '{"retried":0,"unknown":[]}',
      })
      expect(await command({ retryAll: true })).toEqual({ ok: true, text: '1 task waits again' })
      await isCanceled(other)
      await restAre(0)
      expect(await command()).toEqual({ ok: true, text: 'no task has failed' })
    })

    it('which says what is missing', async () => {
      const nobody = { REDIS_URL: 'unix:///nowhere/redis.sock' }
      await expect(failed({ reaction: 'fail-slow' }, { REDIS_URL: redis.url })).rejects.toThrow(
        'there is no reaction "fail-slow"; there are fail-fast, flaky-tests, undercoverage, label-actions, commands, slack',
      )
      await expect(failed({}, nobody)).rejects.toThrow('Redis at /nowhere/redis.sock does not answer')
      await expect(failed({}, { PIPEWARDEN_DATA_DIR: '/nowhere' })).rejects.toThrow(
        'REDIS_URL is unset, and no running pipewarden keeps its Redis in PIPEWARDEN_DATA_DIR, /nowhere',
      )
    })

    it('also in the Redis that a running process keeps for itself', async () => {
      const dataDir = await mkdtemp(join(tmpdir(), 'pipewarden-test-'))
      const embedded = await startEmbeddedRedis({ dataDir, log: pino({ level: 'silent' }) })
      expect(await failed({}, { PIPEWARDEN_DATA_DIR: dataDir })).toEqual({ ok: true, text: 'no task has failed' })
      await embedded.stop()
      await rm(dataDir, { recursive: true })
    })
  })
})
