import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Running } from '../src/index.ts'
import { eventually, startBot, startTestRedis, type TestRedis, webhookSecret } from './support/bot.ts'
import { type FakeGitLab, startFakeGitLab } from './support/fake-gitlab/index.ts'
import type { BridgeSpec, JobSpec } from './support/fake-gitlab/specs.ts'
import type { MergeRequest, Pipeline, Project, User } from './support/fake-gitlab/types.ts'

const quick = 'fail_fast: {settle: 0s}'

const eightRunning: JobSpec[] = Array.from({ length: 8 }, (_, index) => ({
  name: `rspec ${index + 1}/8`,
  stage: 'test',
  status: 'running',
}))

const failingTests: JobSpec['testReport'] = [
  { name: 'adds up', classname: 'Basket', status: 'failed', output: 'expected 3, got 4\n/close' },
  { name: 'is empty', classname: 'Basket', status: 'success' },
]

describe('a failing fail-fast job', () => {
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

  function openMergeRequest(labels: string[] = []): MergeRequest {
    return gitlab.addMergeRequest(project, { sourceBranch: 'ripe-apples', author, labels })
  }

  function startPipeline(mergeRequest: MergeRequest, jobs: JobSpec[], bridges: BridgeSpec[] = []): Pipeline {
    const failFast: JobSpec = {
      name: 'rspec fail-fast',
      stage: 'test',
      status: 'running',
      testReport: failingTests ?? [],
    }
    return gitlab.addPipeline(project, { mergeRequest, jobs: [failFast, ...jobs], bridges })
  }

  const failFastJob = (pipeline: Pipeline) => gitlab.job(pipeline, 'rspec fail-fast')
  const fail = (pipeline: Pipeline, failureReason = 'script_failure') =>
    gitlab.finishJob(failFastJob(pipeline), 'failed', { failureReason })
  const cancels = () => gitlab.calls('POST', /\/pipelines\/\d+\/cancel$/)

  async function decisions(pipeline: Pipeline) {
    const response = await fetch(`${bot?.url}/api/v1/decisions?project=${project.id}&pipeline=${pipeline.id}`)
    return (await response.json()) as { reaction: string; because: string; outcome: string; actions: unknown[] }[]
  }

  const decided = (pipeline: Pipeline, reaction = 'fail-fast') =>
    eventually(
      async () => (await decisions(pipeline)).filter((decision) => decision.reaction === reaction),
      (found) => found.length > 0 && found.every(({ outcome }) => outcome !== 'being performed'),
    )

  it('stops its pipeline, which ends as failed, and says so in one note', async () => {
    const mergeRequest = openMergeRequest()
    const pipeline = startPipeline(mergeRequest, [...eightRunning, { name: 'package', stage: 'release' }])
    await run()
    fail(pipeline)
    const [decision] = await decided(pipeline)
    expect(decision).toMatchObject({
      because: 'rspec fail-fast failed for good and 9 jobs are left to stop',
      outcome: 'performed',
    })
    expect(pipeline.status).toBe('failed')
    expect(cancels()).toHaveLength(1)
    expect(mergeRequest.notes).toHaveLength(1)
    expect(mergeRequest.notes[0]?.author).toBe(botUser)
    const body = mergeRequest.notes[0]?.body ?? ''
    expect(body).toContain('so 9 jobs of')
    expect(body).toContain('Basket adds up')
    expect(body).toContain('expected 3, got 4')
    expect(body).toContain('pipeline:skip-fail-fast')
  })

  it('is left alone while the merge request has a skip label now, whatever it had when the pipeline began', async () => {
    const mergeRequest = openMergeRequest()
    const pipeline = startPipeline(mergeRequest, eightRunning)
    await run()
    gitlab.setLabels(mergeRequest, ['pipeline:skip-rspec-fail-fast'], author)
    fail(pipeline)
    const [decision] = await decided(pipeline)
    expect(decision).toMatchObject({
      because: 'the label pipeline:skip-rspec-fail-fast is on the merge request',
      outcome: 'nothing to do',
    })
    expect(cancels()).toHaveLength(0)
    expect(mergeRequest.notes).toHaveLength(0)
  })

  it('is retried first when the infrastructure failed, and stops the pipeline when the second attempt fails too', async () => {
    const mergeRequest = openMergeRequest()
    const pipeline = startPipeline(mergeRequest, eightRunning)
    await run()
    fail(pipeline, 'runner_system_failure')
    const [first] = await decided(pipeline)
    expect(first?.because).toContain('is retried first: its failure reason is runner_system_failure')
    await eventually(
      () => failFastJob(pipeline).status,
      (status) => status === 'pending',
    )
    expect(cancels()).toHaveLength(0)
    fail(pipeline, 'runner_system_failure')
    await eventually(
      () => pipeline.status,
      (status) => status === 'failed',
    )
    expect(cancels()).toHaveLength(1)
    expect(gitlab.calls('POST', /\/retry$/)).toHaveLength(1)
  })

  it('is not a reason to stop while GitLab itself tries it again', async () => {
    const mergeRequest = openMergeRequest()
    const failFast: JobSpec = { name: 'rspec fail-fast', status: 'running', retry: 1 }
    const pipeline = gitlab.addPipeline(project, { mergeRequest, jobs: [failFast, ...eightRunning] })
    await run('fail_fast: {settle: 1s}')
    fail(pipeline)
    const [decision] = await decided(pipeline)
    expect(decision?.because).toMatch(/job \d+ is a newer attempt of rspec fail-fast/)
    expect(cancels()).toHaveLength(0)
  })

  it('leaves a pipeline alone in which a job deploys', async () => {
    const deploy: JobSpec = { name: 'review app', stage: 'test', status: 'running', environment: 'review/ripe-apples' }
    const pipeline = startPipeline(openMergeRequest(), [...eightRunning, deploy])
    await run()
    fail(pipeline)
    const [decision] = await decided(pipeline)
    expect(decision?.because).toBe('review app is deploying to review/ripe-apples')
    expect(cancels()).toHaveLength(0)
  })

  it.each(['running', 'pending', 'success'] as const)(
    'leaves a pipeline alone in which a job that must not be interrupted is %s',
    async (status) => {
      const pipeline = startPipeline(openMergeRequest(), [...eightRunning, { name: 'dont-interrupt-me', status }])
      await run()
      fail(pipeline)
      const [decision] = await decided(pipeline)
      expect(decision?.because).toBe('dont-interrupt-me must not be interrupted')
      expect(cancels()).toHaveLength(0)
    },
  )

  it('leaves an older pipeline of the merge request to GitLab', async () => {
    const mergeRequest = openMergeRequest()
    const older = startPipeline(mergeRequest, eightRunning)
    const newer = startPipeline(mergeRequest, eightRunning)
    await run()
    fail(older)
    const [decision] = await decided(older)
    expect(decision?.because).toBe(`pipeline ${newer.id} of the merge request is newer`)
    expect(cancels()).toHaveLength(0)
  })

  it('stops downstream pipelines in other projects too', async () => {
    const other = gitlab.addProject({ path: 'meadow/press' })
    gitlab.addMember(other, botUser, 'maintainer')
    const pipeline = startPipeline(openMergeRequest(), eightRunning, [
      { name: 'press', stage: 'test', downstream: { project: other, jobs: [{ name: 'squeeze', status: 'running' }] } },
    ])
    await run()
    fail(pipeline)
    await decided(pipeline)
    expect(other.pipelines.map(({ status }) => status)).toEqual(['canceled'])
    expect(pipeline.status).toBe('failed')
  })

  it("goes on when a downstream pipeline is not the bot's to stop, and records the refusal", async () => {
    const other = gitlab.addProject({ path: 'meadow/press', visibility: 'public' })
    const mergeRequest = openMergeRequest()
    const pipeline = startPipeline(mergeRequest, eightRunning, [
      { name: 'press', stage: 'test', downstream: { project: other, jobs: [{ name: 'squeeze', status: 'running' }] } },
    ])
    await run()
    fail(pipeline)
    const [decision] = await decided(pipeline)
    expect(decision?.actions[1]).toMatchObject({ type: 'cancel_pipeline', outcome: { result: 'refused' } })
    expect(mergeRequest.notes).toHaveLength(1)
    expect(pipeline.status).toBe('failed')
  })

  it('marks the commit as failed when a blocking manual job keeps the pipeline from ending as failed', async () => {
    const gate: JobSpec = { name: 'approve', stage: 'test', status: 'manual', when: 'manual', allowFailure: false }
    const pipeline = startPipeline(openMergeRequest(), [...eightRunning, gate])
    await run()
    fail(pipeline)
    await decided(pipeline)
    expect(pipeline.status).toBe('manual')
    const status = gitlab.job(pipeline, 'pipewarden/fail-fast')
    expect(status).toMatchObject({ kind: 'external', status: 'failed' })
  })

  it('waits for jobs that end gracefully, and cancels again when GitLab dropped the cancel in silence', async () => {
    gitlab.behaviour.cancelingTime = 3_000
    const jobs = eightRunning.map((job) => ({ ...job, supportsCanceling: true }))
    const pipeline = startPipeline(openMergeRequest(), jobs)
    await run()
    gitlab.behaviour.throttleCancel = true
    fail(pipeline)
    await eventually(cancels, (calls) => calls.length === 1)
    gitlab.behaviour.throttleCancel = false
    await eventually(
      () => decisions(pipeline),
      (all) => all.some(({ reaction, outcome }) => reaction === 'fail-fast' && outcome === 'performed'),
      25_000,
    )
    expect(cancels()).toHaveLength(2)
    expect(pipeline.status).toBe('failed')
  }, 40_000)

  it('on the default branch stops nothing unless that is configured', async () => {
    const jobs: JobSpec[] = [{ name: 'rspec fail-fast', status: 'running' }, ...eightRunning]
    const pipeline = gitlab.addPipeline(project, { jobs })
    await run('fail_fast: {settle: 0s, pipelines: [merge_request, branch]}')
    fail(pipeline)
    const [decision] = await decided(pipeline)
    expect(decision?.because).toContain('main is the default branch and counts only where it is named')
    expect(cancels()).toHaveLength(0)
  })

  it('in a dry run decides and shows, but writes nothing of any kind', async () => {
    const mergeRequest = openMergeRequest()
    const pipeline = startPipeline(mergeRequest, eightRunning)
    await run(`dry_run: true\n${quick}`)
    fail(pipeline)
    const [decision] = await decided(pipeline)
    expect(decision?.actions).toMatchObject([
      { type: 'cancel_pipeline', outcome: { result: 'dry run' } },
      { type: 'write_note', outcome: { result: 'dry run' } },
      { type: 'ensure_pipeline_failed', outcome: { result: 'dry run' } },
    ])
    expect(gitlab.requests.filter(({ method }) => method !== 'GET')).toEqual([])
  })

  it('that two hooks tell of is acted on once, and a resend is answered as a duplicate', async () => {
    const mergeRequest = openMergeRequest()
    const pipeline = startPipeline(mergeRequest, eightRunning)
    await run()
    gitlab.addHook(project, { url: `${bot?.url}/webhooks/gitlab`, token: webhookSecret, name: 'of the group' })
    fail(pipeline)
    await decided(pipeline)
    const told = gitlab.deliveries.filter(
      ({ trigger, payload }) =>
        trigger === 'job_events' && (payload as { build_status: string }).build_status === 'failed',
    )
    expect(told.map(({ responseStatus }) => responseStatus)).toEqual([202, 202])
    const [first] = told
    if (first) await gitlab.resend(first)
    expect(gitlab.deliveries.at(-1)).toMatchObject({ responseStatus: 200, responseBody: '{"status":"duplicate"}' })
    await new Promise((resolve) => setTimeout(resolve, 300))
    expect(cancels()).toHaveLength(1)
    expect(mergeRequest.notes).toHaveLength(1)
  })

  it('without the right to cancel ends in the failed set and names the missing right', async () => {
    const pipeline = startPipeline(openMergeRequest(), eightRunning)
    gitlab.addMember(project, botUser, 'reporter')
    await run()
    fail(pipeline)
    const [decision] = await decided(pipeline)
    expect(decision?.outcome).toBe('refused')
    expect(JSON.stringify(decision?.actions)).toMatch(/403 Forbidden.*needs the Developer role/)
  })
})
