import { randomUUID } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { eventually, startTestRedis, type TestRedis, webhookSecret } from './support/bot.ts'
import { builtCli } from './support/built.ts'
import { delivery } from './support/deliveries.ts'
import { type FakeGitLab, startFakeGitLab } from './support/fake-gitlab/index.ts'
import type { MergeRequest, Pipeline, Project, User } from './support/fake-gitlab/types.ts'
import { post } from './support/post.ts'
import { type BotProcess, freePort, startProcess } from './support/processes.ts'

type Doomed = { mergeRequest: MergeRequest; pipeline: Pipeline; body: string; key: string }
type Shown = { reaction: string; outcome: string }

let cli: string
let folder: string
let gitlab: FakeGitLab
let redis: TestRedis
let project: Project
let author: User
let variables: Record<string, string>
let receiverPort: number
let processes: BotProcess[]

beforeAll(async () => {
  cli = await builtCli()
}, 120_000)

beforeEach(async () => {
  processes = []
  folder = await mkdtemp(join(tmpdir(), 'pipewarden-test-'))
  await writeFile(join(folder, 'pipewarden.yaml'), 'fail_fast: {settle: 0s}\n')
  redis = await startTestRedis({ persist: true })
  gitlab = await startFakeGitLab()
  author = gitlab.addUser({ username: 'imke' })
  project = gitlab.addProject({ path: 'meadow/orchard' })
  gitlab.addMember(project, author, 'developer')
  receiverPort = await freePort()
  variables = {
    GITLAB_URL: gitlab.url,
    GITLAB_TOKEN: gitlab.addBot(project).token,
    GITLAB_WEBHOOK_SECRET: webhookSecret,
    REDIS_URL: redis.url,
    PIPEWARDEN_CONFIG: join(folder, 'pipewarden.yaml'),
    PIPEWARDEN_DATA_DIR: folder,
  }
})

afterEach(async () => {
  await Promise.all(processes.map((process) => process.kill9()))
  await gitlab.close()
  await redis.stop()
  await rm(folder, { recursive: true, force: true })
})

function start(role: 'receiver' | 'worker'): BotProcess {
  const port = role === 'receiver' ? receiverPort : 0
  const process = startProcess(cli, role, { ...variables, PORT: String(port) })
  processes.push(process)
  return process
}

const receiverUrl = () => `http://127.0.0.1:${receiverPort}`

/** A pipeline whose fail-fast job has failed, and the delivery that tells of it. */
function doomed(): Doomed {
  const mergeRequest = gitlab.addMergeRequest(project, {
    sourceBranch: `apples-${project.mergeRequests.length}`,
    author,
  })
  const jobs = ['rspec fail-fast', 'rspec 1/2', 'rspec 2/2'].map((name) => ({ name, status: 'running' as const }))
  const pipeline = gitlab.addPipeline(project, { mergeRequest, jobs })
  const job = gitlab.job(pipeline, 'rspec fail-fast')
  gitlab.finishJob(job, 'failed', { failureReason: 'script_failure' })
  const { ref, sha } = pipeline
  const changed = { build_id: job.id, pipeline_id: pipeline.id, project_id: project.id, ref, sha }
  const body = { ...delivery('job-failed-fail-fast'), ...changed }
  return { mergeRequest, pipeline, body: JSON.stringify(body), key: randomUUID() }
}

/** Sends a delivery until it is answered with 2xx, as an operator would; gives how often that took. */
async function deliver({ body, key }: Doomed): Promise<number> {
  for (let attempt = 1; ; attempt += 1) {
    const answer = await post(receiverUrl(), body, { 'idempotency-key': key }).catch(() => null)
    if (answer && answer.status < 300) return attempt
    await sleep(300)
  }
}

const decisionsOf = async ({ pipeline }: Doomed): Promise<Shown[]> => {
  const response = await fetch(`${receiverUrl()}/api/v1/decisions?project=${project.id}&pipeline=${pipeline.id}`)
  const all = (await response.json()) as Shown[]
  return all.filter(({ reaction }) => reaction === 'fail-fast')
}

const isStopped = ({ pipeline, mergeRequest }: Doomed) => pipeline.status === 'failed' && mergeRequest.notes.length > 0

describe('500 doomed pipelines', () => {
  const count = 500
  const sendingMs = 14_000
  const turns = 12
  const roles = ['worker', 'receiver', 'worker'] as const

  /** Kills one process after the other as soon as it is up, and Redis in the middle of it. */
  async function havoc(running: BotProcess[]) {
    const killed = { receiver: 0, worker: 0, redis: 0 }
    for (let turn = 0; turn < turns; turn += 1) {
      const index = turn % roles.length
      const role = roles[index] ?? 'worker'
      await Promise.all([running[index]?.url, sleep(900 + 100 * (turn % 5))])
      await running[index]?.kill9()
      running[index] = start(role)
      killed[role] += 1
      if (turn !== turns / 2) continue
      await redis.kill9()
      await sleep(700)
      await redis.restart()
      killed.redis += 1
    }
    return killed
  }

  it('are all stopped with one note each, while receivers, workers and Redis are killed', async () => {
    const all = Array.from({ length: count }, doomed)
    const running = roles.map(start)
    await Promise.all(running.map(({ url }) => url))
    const destroying = havoc(running)
    const sent = all.map(async (each, index) => {
      await sleep((sendingMs * index) / count)
      return deliver(each)
    })
    const attempts = await Promise.all(sent)
    const killed = await destroying
    await eventually(
      () => all.filter((each) => !isStopped(each)).length,
      (left) => left === 0,
      60_000,
    )
    const decisions = await eventually(
      () => Promise.all(all.map(decisionsOf)),
      (lists) => lists.every((list) => list.every(({ outcome }) => outcome === 'performed')),
      40_000,
    )

    expect(decisions.map(({ length }) => length)).toEqual(all.map(() => 1))
    expect(all.map(({ mergeRequest }) => mergeRequest.notes.length)).toEqual(all.map(() => 1))
    const posted = gitlab.calls('POST', /\/notes$/).filter(({ status }) => status === 201)
    expect(new Set(posted.map(({ path }) => path)).size).toBe(count)
    expect(posted).toHaveLength(count)
    expect(all.every(({ pipeline }) => pipeline.jobs.every(({ status }) => status !== 'running'))).toBe(true)
    expect(gitlab.quickActions).toEqual([])
    expect(killed).toEqual({ receiver: 4, worker: 8, redis: 1 })
    const deliveries = attempts.reduce((sum, each) => sum + each, 0)
    const cancels = gitlab.calls('POST', /\/cancel$/).length
    process.stdout.write(
      `${count} pipelines stopped, ${posted.length} notes, ${deliveries} deliveries, ${cancels} cancels, ` +
        `killed: ${killed.worker} workers, ${killed.receiver} receivers, ${killed.redis} Redis\n`,
    )
  }, 180_000)
})

describe('a worker', () => {
  it('that dies has its task taken over by another within 15 s', async () => {
    await start('receiver').url
    const first = start('worker')
    await first.url
    const the = doomed()
    gitlab.failNext({ fault: 'timeout', method: 'POST', path: /\/cancel$/ })
    await deliver(the)
    await eventually(
      () => gitlab.calls('POST', /\/cancel$/),
      ({ length }) => length === 1,
    )
    await start('worker').url
    await first.kill9()
    const died = Date.now()
    await eventually(
      () => isStopped(the),
      (stopped) => stopped,
      20_000,
    )
    expect(Date.now() - died).toBeLessThan(15_000)
    expect(the.mergeRequest.notes).toHaveLength(1)
  }, 60_000)

  it('that is asked to end finishes what runs, leaves the rest for others and exits with 0', async () => {
    const receiver = start('receiver')
    await receiver.url
    const worker = start('worker')
    await worker.url
    const [running, later] = [doomed(), doomed()]
    gitlab.behaviour.latency = 400
    await deliver(running)
    await eventually(
      () => gitlab.calls('GET', /\/pipelines\/\d+\/jobs$/),
      ({ length }) => length > 0,
    )
    const ended = worker.term()
    await eventually(
      () => worker.lines,
      (lines) => lines.some((line) => line.includes('stopping: what runs is finished')),
    )
    await deliver(later)
    expect(await ended).toBe(0)
    expect(isStopped(running)).toBe(true)
    expect(await decisionsOf(running)).toMatchObject([{ outcome: 'performed' }])
    expect(isStopped(later)).toBe(false)
    expect(await receiver.term()).toBe(0)
    gitlab.behaviour.latency = 0
    await start('worker').url
    await eventually(
      () => isStopped(later),
      (stopped) => stopped,
    )
  }, 60_000)
})
