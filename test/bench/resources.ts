import { readFile } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Redis } from 'ioredis'
import { eventually, startBot, startTestRedis, webhookSecret } from '../support/bot.ts'
import type { Cleanup } from '../support/cleanup.ts'
import { type FakeGitLab, startFakeGitLab } from '../support/fake-gitlab/index.ts'
import type { JobSpec } from '../support/fake-gitlab/specs.ts'
import type { Project } from '../support/fake-gitlab/types.ts'
import type { Figure } from './figure.ts'
import { median } from './rounds.ts'
import { onStage } from './stage.ts'

const starts = 3
const cancels = 200
const atOnce = 10

const jobs: JobSpec[] = [
  {
    name: 'rspec fail-fast',
    status: 'running',
    testReport: [{ name: 'adds up', classname: 'Basket', status: 'failed', output: 'expected 3, got 4' }],
  },
  ...Array.from({ length: 8 }, (_, index): JobSpec => ({ name: `rspec ${index + 1}/8`, status: 'running' })),
]

/** What one cancel with a note costs GitLab in calls and Redis in memory. */
export async function benchCancels(cleanup: Cleanup): Promise<Figure[]> {
  const redis = await cleanup.keep(startTestRedis, ({ stop }) => stop())
  const gitlab = await cleanup.keep(
    () => startFakeGitLab({ behaviour: { hookOrder: 'parallel' } }),
    ({ close }) => close(),
  )
  const author = gitlab.addUser({ username: 'imke' })
  const project = gitlab.addProject({ path: 'meadow/orchard' })
  const { token } = gitlab.addBot(project)
  const config = 'fail_fast: {settle: 0s}'
  const bot = await cleanup.keep(
    () => startBot({ gitlab, token, redis, config }),
    ({ close }) => close(),
  )
  await eventually(
    () => fetch(`${bot.url}/readyz`),
    ({ ok }) => ok,
  )
  gitlab.addHook(project, { url: `${bot.url}/webhooks/gitlab`, token: webhookSecret, events: ['job_events'] })
  const cancelOne = (number: number) =>
    cancel(gitlab, project, gitlab.addMergeRequest(project, { sourceBranch: `b${number}`, author }))
  const callsOf = async (work: () => Promise<void>) => {
    const before = gitlab.requests.length
    await work()
    return gitlab.requests.length - before
  }
  // The first one of an hour also asks how long the jobs of the project usually take.
  await cancelOne(0)
  const calls = await callsOf(() => cancelOne(1))
  const before = await memoryOf(redis.client())
  for (let done = 0; done < cancels; done += atOnce) {
    await Promise.all(Array.from({ length: atOnce }, (_, index) => cancelOne(2 + done + index)))
  }
  const after = await memoryOf(redis.client())
  const tasks = after.tasks - before.tasks
  return [
    {
      label: 'GitLab calls of one fail-fast cancel with note, all reactions together',
      value: `${calls}`,
      target: '≤ 8',
    },
    {
      label: `Redis memory of a finished task with its decision and all that is remembered beside it`,
      value: `${((after.bytes - before.bytes) / tasks / 1000).toFixed(2)} kB (${tasks} tasks of ${cancels} cancels)`,
      target: '≤ 2 kB',
    },
  ]
}

async function cancel(gitlab: FakeGitLab, project: Project, mergeRequest: ReturnType<FakeGitLab['addMergeRequest']>) {
  const pipeline = gitlab.addPipeline(project, { mergeRequest, jobs })
  gitlab.finishJob(gitlab.job(pipeline, 'rspec fail-fast'), 'failed')
  const path = new RegExp(`/pipelines/${pipeline.id}$`)
  // The last thing that is done: to look whether the pipeline failed.
  await eventually(
    () => gitlab.calls('GET', path),
    (calls) => mergeRequest.notes.length === 1 && calls.length > 0,
  )
  await gitlab.settled()
}

/** Of all keys, with everything that Redis needs to keep them; every finished task leaves one decision. */
async function memoryOf(redis: Redis): Promise<{ bytes: number; tasks: number }> {
  // The last task is removed a moment after its last action.
  await sleep(500)
  const keys = await redis.keys('*')
  const sizes = await Promise.all(keys.map((key) => redis.memory('USAGE', key, 'SAMPLES', 0)))
  return {
    bytes: sizes.reduce<number>((sum, size) => sum + Number(size ?? 0), 0),
    tasks: keys.filter((key) => key.includes(':decision:')).length,
  }
}

/** The product as it is built, with its own Redis, from nothing to ready. */
export const benchStart = (cleanup: Cleanup): Promise<Figure[]> =>
  onStage(cleanup, async (stage) => {
    const times: number[] = []
    const sizes: number[] = []
    for (let start = 0; start < starts; start += 1) {
      const began = performance.now()
      const product = await stage.product({ command: 'start', redis: null })
      times.push((performance.now() - began) / 1000)
      await sleep(1_000)
      sizes.push(await residentMegabytes(product.pid))
      await product.close()
    }
    return [
      {
        label: 'ready after start, embedded Redis included',
        value: `${median(times).toFixed(2)} s`,
        target: '≤ 1.5 s',
      },
      { label: 'idle memory of one process', value: `${median(sizes).toFixed(0)} MB`, target: '≤ 150 MB' },
    ]
  })

async function residentMegabytes(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8')
  return Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1]) / 1024
}
