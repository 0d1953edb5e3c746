import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Running } from '../src/index.ts'
import { eventually, startBot, startTestRedis, type TestRedis, webhookSecret } from './support/bot.ts'
import { type FakeGitLab, startFakeGitLab } from './support/fake-gitlab/index.ts'
import type { JobSpec } from './support/fake-gitlab/specs.ts'
import type { MergeRequest, Pipeline, Project, User } from './support/fake-gitlab/types.ts'
import { junit } from './support/junit.ts'

const quick = 'fail_fast: {settle: 0s}'
const green = junit({ 'adds up': 'passed', 'is empty': 'passed' })
const red = junit({ 'adds up': 'expected 3, got 4', 'is empty': 'passed' })

type Decided = {
  reaction: string
  because: string
  outcome: string
  actions: { type: string; outcome: { result: string; detail?: string } }[]
  event: { kind: string; job?: number }
}

let gitlab: FakeGitLab
let redis: TestRedis
let bot: Running | undefined
let project: Project
let author: User
let botUser: User
let token: string

beforeEach(async () => {
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
  await bot?.close()
  bot = undefined
  const { problems, quickActions } = gitlab
  await gitlab.close()
  await redis.stop()
  expect(problems).toEqual([])
  expect(quickActions).toEqual([])
})

async function run(config = quick): Promise<void> {
  bot = await startBot({ gitlab, token, redis, config })
  gitlab.addHook(project, { url: `${bot.url}/webhooks/gitlab`, token: webhookSecret })
  await eventually(
    () => fetch(`${bot?.url}/readyz`),
    (response) => response.ok,
  )
}

const openMergeRequest = (branch = 'ripe-apples'): MergeRequest =>
  gitlab.addMergeRequest(project, { sourceBranch: branch, author })
const start = (mergeRequest: MergeRequest, ...jobs: JobSpec[]): Pipeline =>
  gitlab.addPipeline(project, { mergeRequest, jobs })
const running = (name: string): JobSpec => ({ name, stage: 'test', status: 'running' })
const retries = () => gitlab.calls('POST', /\/jobs\/\d+\/retry$/)
const attemptsOf = (pipeline: Pipeline, name: string) => pipeline.jobs.filter((job) => job.name === name)
const noteOf = ({ notes }: MergeRequest) => notes.at(-1)?.body ?? ''

async function decisionsOf(pipeline: Pipeline): Promise<Decided[]> {
  const response = await fetch(`${bot?.url}/api/v1/decisions?project=${project.id}&pipeline=${pipeline.id}`)
  const all = (await response.json()) as Decided[]
  return all.filter(({ reaction }) => reaction === 'flaky-tests')
}

/** Waits for so many decisions of flaky-tests about a pipeline, all of them performed; the newest first. */
const decided = (pipeline: Pipeline, count: number) =>
  eventually(
    () => decisionsOf(pipeline),
    (found) => found.length >= count && found.every(({ outcome }) => outcome !== 'being performed'),
  )

const end = (pipeline: Pipeline, name: string, status: 'success' | 'failed', report?: string, failureReason?: string) =>
  gitlab.finishJob(gitlab.job(pipeline, name), status, {
    ...(report ? { artifacts: { 'reports/junit.xml': report } } : {}),
    ...(failureReason ? { failureReason } : {}),
  })

async function flakyList(query = ''): Promise<{ tests: { name: string; state: string }[] }> {
  const response = await fetch(`${bot?.url}/api/v1/projects/${encodeURIComponent(project.path)}/flaky-tests${query}`)
  return (await response.json()) as { tests: { name: string; state: string }[] }
}

/** Fails and passes on one commit, by a retry of the author's. */
async function flakeOnce(branch: string, name = 'rspec'): Promise<MergeRequest> {
  const mergeRequest = openMergeRequest(branch)
  const pipeline = start(mergeRequest, running(name))
  end(pipeline, name, 'failed', red)
  await decided(pipeline, 2)
  gitlab.retryJob(gitlab.job(pipeline, name), author)
  end(pipeline, name, 'success', green)
  await decided(pipeline, 4)
  return mergeRequest
}

describe('a job that fails, is retried and passes', () => {
  it('is told apart from a real failure, and remembered', async () => {
    await run()
    const mergeRequest = openMergeRequest()
    const pipeline = start(mergeRequest, running('rspec'), running('jest'))
    end(pipeline, 'rspec', 'failed', red)
    const [first] = await decided(pipeline, 1)
    expect(first?.because).toBe('nothing says that another try would help rspec; 1 test failed, 0 flaky, 1 passed')
    expect(noteOf(mergeRequest)).toContain('❌ 1 test failed')
    expect(noteOf(mergeRequest)).toContain('expected 3, got 4')
    gitlab.retryJob(gitlab.job(pipeline, 'rspec'), author)
    end(pipeline, 'rspec', 'success', green)
    await decided(pipeline, 2)
    expect(noteOf(mergeRequest)).not.toContain('❌')
    expect(noteOf(mergeRequest)).toContain('passed only on retry')
    expect(noteOf(mergeRequest)).toContain('1 flaky test that nobody knew before: new here')
    expect(noteOf(mergeRequest)).toContain('failed (`script_failure`) and passed when it was retried')
    end(pipeline, 'jest', 'success', junit({ 'weighs apples': 'passed' }, 'Scale'))
    await decided(pipeline, 3)
    expect(mergeRequest.notes).toHaveLength(1)
    expect(mergeRequest.notes[0]?.author).toBe(botUser)
    expect((await redis.client().keys('*tests*')).length).toBeGreaterThan(0)
  })
})

describe('a job that the infrastructure failed', () => {
  it('is retried once; a second failure is final', async () => {
    await run()
    const mergeRequest = openMergeRequest()
    const pipeline = start(mergeRequest, running('rspec'))
    end(pipeline, 'rspec', 'failed', undefined, 'runner_system_failure')
    await eventually(retries, (calls) => calls.length === 1)
    await decided(pipeline, 2)
    expect(noteOf(mergeRequest)).toContain('is being retried')
    end(pipeline, 'rspec', 'failed', undefined, 'runner_system_failure')
    const found = await decided(pipeline, 4)
    expect(found.map(({ because }) => because).join('\n')).toContain('rspec failed 2 times: that is final')
    expect(retries()).toHaveLength(1)
    expect(noteOf(mergeRequest)).toContain('failed again when it was retried')
  })
})
