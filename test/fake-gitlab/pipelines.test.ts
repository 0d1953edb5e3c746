import { describe, expect } from 'vitest'
import { at, statusesOf, test, until } from './shop.ts'

describe('stages', () => {
  test('start one after the other and are skipped after a failure', ({ fake, pipelineOf }) => {
    const pipeline = pipelineOf([
      { name: 'build', stage: 'build' },
      { name: 'unit', stage: 'test' },
      { name: 'report', stage: 'report', when: 'always' },
      { name: 'deploy', stage: 'deploy' },
    ])
    expect(statusesOf(pipeline)).toEqual({ build: 'pending', unit: 'created', report: 'created', deploy: 'created' })
    fake.finishJob(fake.job(pipeline, 'build'))
    fake.finishJob(fake.job(pipeline, 'unit'), 'failed')
    expect(statusesOf(pipeline)).toEqual({ build: 'success', unit: 'failed', report: 'pending', deploy: 'created' })
    fake.finishJob(fake.job(pipeline, 'report'))
    expect(statusesOf(pipeline)).toMatchObject({ deploy: 'skipped' })
    expect(pipeline.status).toBe('failed')
  })

  test('wait behind a manual job that blocks, and not behind an optional one', ({ pipelineOf }) => {
    const blocked = pipelineOf([{ name: 'gate', stage: 'gate', when: 'manual', allowFailure: false }, { name: 'unit' }])
    expect([blocked.status, statusesOf(blocked)]).toEqual(['manual', { gate: 'manual', unit: 'created' }])
    const free = pipelineOf([{ name: 'gate', stage: 'gate', when: 'manual' }, { name: 'unit' }])
    expect([free.status, statusesOf(free)]).toEqual(['pending', { gate: 'manual', unit: 'pending' }])
  })

  test('do not hold jobs that say what they need', ({ pipelineOf }) => {
    const pipeline = pipelineOf([
      { name: 'build', stage: 'build', status: 'success' },
      { name: 'slow', stage: 'build', status: 'running' },
      { name: 'unit', needs: ['build'] },
    ])
    expect(statusesOf(pipeline)).toMatchObject({ unit: 'pending' })
  })

  test('refuse another outcome of a finished job', ({ fake, pipelineOf }) => {
    const pipeline = pipelineOf([{ name: 'unit', status: 'success' }])
    expect(() => fake.setJob(fake.job(pipeline, 'unit'), 'failed')).toThrow('retry it instead')
  })
})

describe('cancelling a pipeline', () => {
  test('ends as failed when a job had failed, leaves manual jobs alone and answers 200 twice', async ({
    call,
    json,
    pipelineOf,
  }) => {
    const pipeline = pipelineOf([
      { name: 'unit', status: 'failed' },
      { name: 'lint', status: 'running' },
      { name: 'approve', status: 'manual', allowFailure: true },
      { name: 'deploy', stage: 'deploy' },
    ])
    expect((await call('POST', at(pipeline, '/cancel'))).status).toBe(200)
    expect(statusesOf(pipeline)).toEqual({ unit: 'failed', lint: 'canceled', approve: 'manual', deploy: 'canceled' })
    expect(await json('POST', at(pipeline, '/cancel'))).toMatchObject({ status: 200, body: { status: 'failed' } })
  })

  test('stays manual with a blocking manual job', async ({ call, pipelineOf }) => {
    const pipeline = pipelineOf([
      { name: 'unit', status: 'failed' },
      { name: 'lint', status: 'running' },
      { name: 'gate', status: 'manual', allowFailure: false },
    ])
    await call('POST', at(pipeline, '/cancel'))
    expect(pipeline.status).toBe('manual')
  })

  test('goes through canceling where the runner supports it', async ({ json, pipelineOf }) => {
    const pipeline = pipelineOf([
      { name: 'unit', status: 'failed' },
      { name: 'lint', status: 'running', supportsCanceling: true },
    ])
    expect(await json('POST', at(pipeline, '/cancel'))).toMatchObject({ body: { status: 'canceling' } })
    await until(() => pipeline.status === 'failed')
    expect(statusesOf(pipeline)).toMatchObject({ lint: 'canceled' })
  })

  test('reaches child pipelines but not those of other projects', async ({ fake, project, call }) => {
    const other = fake.addProject({ path: 'acme/deployments' })
    const pipeline = fake.addPipeline(project, {
      ref: 'topic',
      jobs: [{ name: 'unit', status: 'running' }],
      bridges: [
        { name: 'child', status: 'running', depend: true, downstream: { jobs: [{ name: 'a', status: 'running' }] } },
        {
          name: 'remote',
          status: 'running',
          depend: true,
          downstream: { project: other, jobs: [{ name: 'b', status: 'running' }] },
        },
      ],
    })
    await call('POST', at(pipeline, '/cancel'))
    const downstream = (name: string) => fake.job(pipeline, name).bridge?.downstream?.status
    expect([pipeline.status, downstream('child'), downstream('remote')]).toEqual(['canceled', 'canceled', 'running'])
  })

  test('can come late or not at all, and says 200 all the same', async ({ fake, call, json, pipelineOf }) => {
    const pipeline = pipelineOf([{ name: 'unit', status: 'running' }])
    fake.behaviour.throttleCancel = true
    expect((await call('POST', at(pipeline, '/cancel'))).status).toBe(200)
    fake.behaviour.throttleCancel = false
    fake.behaviour.cancelDelay = 15
    expect(await json('POST', at(pipeline, '/cancel'))).toMatchObject({ status: 200, body: { status: 'running' } })
    await until(() => pipeline.status === 'canceled')
  })

  test('is refused on a protected branch without the right to push there', async ({ fake, project, json }) => {
    const pipeline = fake.addPipeline(project, { jobs: [{ name: 'unit', status: 'running' }] })
    expect(await json('POST', at(pipeline, '/cancel'))).toMatchObject({
      status: 403,
      body: { message: '403 Forbidden' },
    })
  })
})

describe('retrying a job', () => {
  test('makes a new job once; the second retry of the old id is refused', async ({
    fake,
    project,
    json,
    pipelineOf,
  }) => {
    const pipeline = pipelineOf([
      { name: 'unit', status: 'failed' },
      { name: 'deploy', stage: 'deploy' },
    ])
    const old = fake.job(pipeline, 'unit')
    const path = `/projects/${project.id}/jobs/${old.id}/retry`
    const first = await json('POST', path)
    expect(first).toMatchObject({ status: 201, body: { name: 'unit', status: 'pending' } })
    expect(first.body.id).not.toBe(old.id)
    expect(await json('POST', path)).toMatchObject({
      status: 403,
      body: { message: '403 Forbidden - Job is not retryable' },
    })
    fake.finishJob(fake.job(pipeline, 'unit'))
    expect(statusesOf(pipeline)).toEqual({ unit: 'success', deploy: 'pending' })
  })

  test.for(['running', 'pending', 'manual'] as const)(
    'is refused while it is %s',
    async (status, { fake, project, call, pipelineOf }) => {
      const pipeline = pipelineOf([{ name: 'unit', status }])
      const { id } = fake.job(pipeline, 'unit')
      expect((await call('POST', `/projects/${project.id}/jobs/${id}/retry`)).status).toBe(403)
    },
  )

  test('lists old attempts only when asked, never trigger jobs', async ({ fake, project, dana, json }) => {
    const pipeline = fake.addPipeline(project, {
      ref: 'topic',
      jobs: [{ name: 'unit', status: 'failed' }],
      bridges: [{ name: 'child' }],
    })
    fake.retryJob(fake.job(pipeline, 'unit'), dana)
    const latest = await json('GET', at(pipeline, '/jobs'))
    const all = await json('GET', at(pipeline, '/jobs?include_retried=true&scope[]=failed&scope[]=pending'))
    expect([latest.body.length, all.body.length]).toEqual([1, 2])
    expect(latest.body[0]).not.toHaveProperty('failure_reason')
    expect(all.body[1]).toMatchObject({ status: 'failed', failure_reason: 'script_failure' })
  })

  test('happens by itself with `retry:`, after the failure was told', ({ fake, pipelineOf }) => {
    const pipeline = pipelineOf([{ name: 'unit', status: 'running', retry: 1 }])
    fake.setJob(fake.job(pipeline, 'unit'), 'failed')
    expect(statusesOf(pipeline)).toEqual({ unit: 'pending' })
    fake.finishJob(fake.job(pipeline, 'unit'), 'failed')
    expect(pipeline.status).toBe('failed')
  })
})
