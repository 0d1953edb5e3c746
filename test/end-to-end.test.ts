import { describe, expect, it } from 'vitest'
import { eventually } from './support/bot.ts'
import { useBots } from './support/bots.ts'
import type { BridgeSpec, JobSpec } from './support/fake-gitlab/specs.ts'
import type { MergeRequest, Pipeline } from './support/fake-gitlab/types.ts'
import { usePlace } from './support/place.ts'
import { post } from './support/post.ts'

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
  const place = usePlace()
  const bots = useBots(place, () => ({ config: quick }))

  function openMergeRequest(labels: string[] = []): MergeRequest {
    return place.gitlab.addMergeRequest(place.project, { sourceBranch: 'ripe-apples', author: place.author, labels })
  }

  function startPipeline(mergeRequest: MergeRequest, jobs: JobSpec[], bridges: BridgeSpec[] = []): Pipeline {
    const failFast: JobSpec = {
      name: 'rspec fail-fast',
      stage: 'test',
      status: 'running',
      testReport: failingTests ?? [],
    }
    return place.gitlab.addPipeline(place.project, { mergeRequest, jobs: [failFast, ...jobs], bridges })
  }

  /** Nobody but fail-fast has something to say about it. */
  const startWithoutReport = (mergeRequest: MergeRequest, jobs: JobSpec[]): Pipeline =>
    place.gitlab.addPipeline(place.project, {
      mergeRequest,
      jobs: [{ name: 'rspec fail-fast', stage: 'test', status: 'running' }, ...jobs],
    })

  const failFastJob = (pipeline: Pipeline) => place.gitlab.job(pipeline, 'rspec fail-fast')
  const fail = (pipeline: Pipeline, failureReason = 'script_failure') =>
    place.gitlab.finishJob(failFastJob(pipeline), 'failed', { failureReason })
  const cancels = () => place.gitlab.calls('POST', /\/pipelines\/\d+\/cancel$/)

  const decided = (pipeline: Pipeline, reaction = 'fail-fast') => bots.decided({ pipeline: pipeline.id }, reaction)

  it('stops its pipeline, which ends as failed, and says so in one note', async () => {
    const mergeRequest = openMergeRequest()
    const pipeline = startPipeline(mergeRequest, [...eightRunning, { name: 'package', stage: 'release' }])
    await bots.run()
    fail(pipeline)
    const [decision] = await decided(pipeline)
    expect(decision).toMatchObject({
      because: 'rspec fail-fast failed for good and 9 jobs are left to stop',
      outcome: 'performed',
    })
    expect(pipeline.status).toBe('failed')
    expect(cancels()).toHaveLength(1)
    expect(mergeRequest.notes).toHaveLength(1)
    expect(mergeRequest.notes[0]?.author).toBe(place.botUser)
    const body = mergeRequest.notes[0]?.body ?? ''
    expect(body).toContain('so 9 jobs of')
    expect(body).toContain('Basket adds up')
    expect(body).toContain('expected 3, got 4')
    expect(body).toContain('pipeline:skip-fail-fast')
  })

  it('is left alone by a skip label also when its event has the ref of the branch', async () => {
    const pipeline = startPipeline(openMergeRequest(['pipeline:skip-fail-fast']), eightRunning)
    const { url } = await bots.start()
    fail(pipeline)
    const { id, path, defaultBranch } = place.project
    const delivery = {
      object_kind: 'build',
      ref: 'ripe-apples',
      sha: pipeline.sha,
      build_id: failFastJob(pipeline).id,
      build_name: 'rspec fail-fast',
      build_status: 'failed',
      build_allow_failure: false,
      pipeline_id: pipeline.id,
      project: { id, path_with_namespace: path, default_branch: defaultBranch },
    }
    expect(await post(url, JSON.stringify(delivery))).toMatchObject({ status: 202 })
    const [decision] = await decided(pipeline)
    expect(decision?.because).toBe('the label pipeline:skip-fail-fast is on the merge request')
  })

  it('is left alone while the merge request has a skip label now, whatever it had when the pipeline began', async () => {
    const mergeRequest = openMergeRequest()
    const pipeline = startPipeline(mergeRequest, eightRunning)
    await bots.run()
    place.gitlab.setLabels(mergeRequest, ['pipeline:skip-rspec-fail-fast'], place.author)
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
    await bots.run()
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
    expect(place.gitlab.calls('POST', /\/retry$/)).toHaveLength(1)
  })

  it('is not a reason to stop while GitLab itself tries it again', async () => {
    const mergeRequest = openMergeRequest()
    const failFast: JobSpec = { name: 'rspec fail-fast', status: 'running', retry: 1 }
    const pipeline = place.gitlab.addPipeline(place.project, { mergeRequest, jobs: [failFast, ...eightRunning] })
    await bots.run({ config: 'fail_fast: {settle: 1s}' })
    fail(pipeline)
    const [decision] = await decided(pipeline)
    expect(decision?.because).toMatch(/job \d+ is a newer attempt of rspec fail-fast/)
    expect(cancels()).toHaveLength(0)
  })

  it('leaves a pipeline alone in which a job deploys', async () => {
    const deploy: JobSpec = { name: 'review app', stage: 'test', status: 'running', environment: 'review/ripe-apples' }
    const pipeline = startPipeline(openMergeRequest(), [...eightRunning, deploy])
    await bots.run()
    fail(pipeline)
    const [decision] = await decided(pipeline)
    expect(decision?.because).toBe('review app is deploying to review/ripe-apples')
    expect(cancels()).toHaveLength(0)
  })

  const childOf = (jobs: JobSpec[]): BridgeSpec[] => [
    { name: 'all of rspec', stage: 'test', depend: true, downstream: { jobs } },
  ]

  it('stops a pipeline of which only the jobs of a child pipeline are left', async () => {
    const pipeline = startPipeline(openMergeRequest(), [], childOf(eightRunning))
    await bots.run()
    fail(pipeline)
    const [decision] = await decided(pipeline)
    expect(decision?.because).toBe('rspec fail-fast failed for good and 8 jobs are left to stop')
    expect(place.project.pipelines.map(({ status }) => status)).toEqual(['failed', 'canceled'])
  })

  it.each<{ child: JobSpec; because: string }>([
    {
      child: { name: 'review app', status: 'running', environment: 'review/ripe-apples' },
      because: 'review app is deploying to review/ripe-apples',
    },
    { child: { name: 'dont-interrupt-me', status: 'running' }, because: 'dont-interrupt-me must not be interrupted' },
  ])('leaves a pipeline alone in whose child pipeline $because', async ({ child, because }) => {
    const pipeline = startPipeline(openMergeRequest(), eightRunning, childOf([child]))
    await bots.run()
    fail(pipeline)
    const [decision] = await decided(pipeline)
    expect(decision?.because).toBe(because)
    expect(cancels()).toHaveLength(0)
  })

  it.each(['running', 'pending', 'success'] as const)(
    'leaves a pipeline alone in which a job that must not be interrupted is %s',
    async (status) => {
      const pipeline = startPipeline(openMergeRequest(), [...eightRunning, { name: 'dont-interrupt-me', status }])
      await bots.run()
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
    await bots.run()
    fail(older)
    const [decision] = await decided(older)
    expect(decision?.because).toBe(`pipeline ${newer.id} of the merge request is newer`)
    expect(cancels()).toHaveLength(0)
  })

  it('stops downstream pipelines in other projects too', async () => {
    const other = place.gitlab.addProject({ path: 'meadow/press' })
    place.gitlab.addMember(other, place.botUser, 'maintainer')
    const pipeline = startPipeline(openMergeRequest(), eightRunning, [
      { name: 'press', stage: 'test', downstream: { project: other, jobs: [{ name: 'squeeze', status: 'running' }] } },
    ])
    await bots.run()
    fail(pipeline)
    await decided(pipeline)
    expect(other.pipelines.map(({ status }) => status)).toEqual(['canceled'])
    expect(pipeline.status).toBe('failed')
  })

  it('leaves downstream pipelines alone that deploy', async () => {
    const other = place.gitlab.addProject({ path: 'meadow/press' })
    place.gitlab.addMember(other, place.botUser, 'maintainer')
    const mergeRequest = openMergeRequest()
    const jobs: JobSpec[] = [{ name: 'squeeze', status: 'running', environment: 'market' }]
    const pipeline = startPipeline(mergeRequest, eightRunning, [
      { name: 'press', stage: 'test', downstream: { project: other, jobs } },
    ])
    await bots.run()
    fail(pipeline)
    await decided(pipeline)
    expect(other.pipelines.map(({ status }) => status)).toEqual(['running'])
    expect(mergeRequest.notes[0]?.body).toContain('for squeeze is deploying to market')
    expect(pipeline.status).toBe('failed')
  })

  it("goes on when a downstream pipeline is not the bot's to stop, and records the refusal", async () => {
    const other = place.gitlab.addProject({ path: 'meadow/press', visibility: 'public' })
    const mergeRequest = openMergeRequest()
    const pipeline = startPipeline(mergeRequest, eightRunning, [
      { name: 'press', stage: 'test', downstream: { project: other, jobs: [{ name: 'squeeze', status: 'running' }] } },
    ])
    await bots.run()
    fail(pipeline)
    const [decision] = await decided(pipeline)
    expect(decision?.actions[1]).toMatchObject({ type: 'cancel_pipeline', outcome: { result: 'refused' } })
    expect(mergeRequest.notes).toHaveLength(1)
    expect(pipeline.status).toBe('failed')
  })

  it('marks the commit as failed when a blocking manual job keeps the pipeline from ending as failed', async () => {
    const gate: JobSpec = { name: 'approve', stage: 'test', status: 'manual', when: 'manual', allowFailure: false }
    const pipeline = startPipeline(openMergeRequest(), [...eightRunning, gate])
    await bots.run()
    fail(pipeline)
    await decided(pipeline)
    expect(pipeline.status).toBe('manual')
    const status = place.gitlab.job(pipeline, 'pipewarden/fail-fast')
    expect(status).toMatchObject({ kind: 'external', status: 'failed' })
  })

  it('takes that mark back when the job passes after all, for nobody could retry it', async () => {
    const gate: JobSpec = { name: 'approve', stage: 'test', status: 'manual', when: 'manual', allowFailure: false }
    const mergeRequest = openMergeRequest()
    const pipeline = startWithoutReport(mergeRequest, [{ name: 'rspec', status: 'running' }, gate])
    await bots.run()
    fail(pipeline)
    await decided(pipeline)
    const ended = [failFastJob(pipeline), place.gitlab.job(pipeline, 'rspec')]
    const again = ended.map((job) => place.gitlab.retryJob(job, place.author))
    for (const job of again) place.gitlab.finishJob(job, 'success')
    const [decision] = await bots.decided({ pipeline: pipeline.id }, 'fail-fast', 2)
    expect(decision?.because).toBe(`rspec fail-fast passed, so the stop of pipeline ${pipeline.id} is history`)
    expect(place.gitlab.job(pipeline, 'pipewarden/fail-fast').status).toBe('success')
    place.gitlab.finishJob(place.gitlab.job(pipeline, 'approve'), 'success')
    expect(pipeline.status).toBe('success')
    expect(mergeRequest.notes.map(({ body }) => /no problems found/.test(body))).toEqual([true])
  })

  it('is said to be over when a newer pipeline passes, so that the next stop is news again', async () => {
    const mergeRequest = openMergeRequest()
    const stopped = startWithoutReport(mergeRequest, eightRunning)
    await bots.run()
    fail(stopped)
    await decided(stopped)
    await bots.decided({ pipeline: stopped.id }, 'flaky-tests', 2)
    const passing = startWithoutReport(mergeRequest, [])
    place.gitlab.finishJob(failFastJob(passing), 'success')
    await Promise.all([decided(passing), decided(passing, 'flaky-tests')])
    expect(mergeRequest.notes).toHaveLength(1)
    expect(mergeRequest.notes[0]?.body).toContain('**✅ pipewarden: no problems found**')
    expect(mergeRequest.notes[0]?.body).toContain('had been stopped because `rspec fail-fast` failed')
    const next = startWithoutReport(mergeRequest, eightRunning)
    fail(next)
    await decided(next)
    expect(mergeRequest.notes).toHaveLength(2)
    expect(mergeRequest.notes[1]?.body).toContain('so 8 jobs of')
  })

  it('waits for jobs that end gracefully, and cancels again when GitLab dropped the cancel in silence', async () => {
    place.gitlab.behaviour.cancelingTime = 3_000
    const jobs = eightRunning.map((job) => ({ ...job, supportsCanceling: true }))
    const pipeline = startPipeline(openMergeRequest(), jobs)
    await bots.run()
    place.gitlab.behaviour.throttleCancel = true
    fail(pipeline)
    await eventually(cancels, (calls) => calls.length === 1)
    place.gitlab.behaviour.throttleCancel = false
    await eventually(
      () => bots.decisions({ pipeline: pipeline.id }, 'fail-fast'),
      (all) => all.some(({ outcome }) => outcome === 'performed'),
      25_000,
    )
    expect(cancels()).toHaveLength(2)
    expect(pipeline.status).toBe('failed')
  }, 40_000)

  it('on the default branch stops nothing unless that is configured', async () => {
    const jobs: JobSpec[] = [{ name: 'rspec fail-fast', status: 'running' }, ...eightRunning]
    const pipeline = place.gitlab.addPipeline(place.project, { jobs })
    await bots.run({ config: 'fail_fast: {settle: 0s, pipelines: [merge_request, branch]}' })
    fail(pipeline)
    const [decision] = await decided(pipeline)
    expect(decision?.because).toContain('main is the default branch and counts only where it is named')
    expect(cancels()).toHaveLength(0)
  })

  it('in a dry run decides and shows, but writes nothing of any kind', async () => {
    const mergeRequest = openMergeRequest()
    const pipeline = startPipeline(mergeRequest, eightRunning)
    await bots.run({ config: `dry_run: true\n${quick}` })
    fail(pipeline)
    const [decision] = await decided(pipeline)
    expect(decision?.outcome).toBe('dry run')
    expect(decision?.actions).toMatchObject([
      { type: 'cancel_pipeline', outcome: { result: 'dry run' } },
      { type: 'write_note', outcome: { result: 'dry run' } },
      { type: 'ensure_pipeline_failed', outcome: { result: 'dry run' } },
    ])
    expect(place.gitlab.requests.filter(({ method }) => method !== 'GET')).toEqual([])
  })

  it('that two hooks tell of is acted on once, and a resend is answered as a duplicate', async () => {
    const mergeRequest = openMergeRequest()
    const pipeline = startPipeline(mergeRequest, eightRunning)
    await bots.run()
    place.gitlab.addHook(place.project, { ...bots.hookOf({ url: bots.url() }), name: 'of the group' })
    fail(pipeline)
    await decided(pipeline)
    const told = place.gitlab.deliveries.filter(
      ({ trigger, payload }) =>
        trigger === 'job_events' && (payload as { build_status: string }).build_status === 'failed',
    )
    expect(told.map(({ responseStatus }) => responseStatus)).toEqual([202, 202])
    const [first] = told
    if (first) await place.gitlab.resend(first)
    expect(place.gitlab.deliveries.at(-1)).toMatchObject({
      responseStatus: 200,
      responseBody: '{"status":"duplicate"}',
    })
    await new Promise((resolve) => setTimeout(resolve, 300))
    expect(cancels()).toHaveLength(1)
    expect(mergeRequest.notes).toHaveLength(1)
  })

  it('without the right to cancel ends in the failed set and names the missing right', async () => {
    const pipeline = startPipeline(openMergeRequest(), eightRunning)
    place.gitlab.addMember(place.project, place.botUser, 'reporter')
    await bots.run()
    fail(pipeline)
    const [decision] = await decided(pipeline)
    expect(decision?.outcome).toBe('refused')
    expect(JSON.stringify(decision?.actions)).toMatch(/403 Forbidden.*needs the Developer role/)
  })
})
