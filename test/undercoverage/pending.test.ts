import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { eventually } from '../support/bot.ts'
import { artifacts, covered, createStage, type Stage, statusName, uncovered } from './stage.ts'

const coverageLater = [
  { name: 'rspec', stage: 'test', status: 'running' as const },
  { name: 'coverage', stage: 'report' },
]
const stages = ['test', 'report']

describe('the pending status never stays', () => {
  let stage: Stage

  beforeEach(async () => {
    stage = await createStage()
  })

  afterEach(() => stage.close())

  it('when the coverage job fails without a report', async () => {
    const mergeRequest = stage.openMergeRequest()
    await stage.run()
    const pipeline = stage.startPipeline(mergeRequest)
    await stage.until(pipeline, 'pending')
    stage.gitlab.finishJob(stage.gitlab.job(pipeline, 'coverage'), 'failed')
    await stage.until(pipeline, 'success')
    expect(stage.description(pipeline)).toContain('cannot be judged: coverage left no report: the job keeps no files')
    expect(stage.noteOf(mergeRequest)).toContain('cannot be judged')
    await eventually(
      () => pipeline.status,
      (status) => status === 'failed',
    )
  })

  it('when errors are to fail the merge request', async () => {
    const mergeRequest = stage.openMergeRequest()
    await stage.run('undercoverage: {on_error: fail}')
    const pipeline = stage.startPipeline(mergeRequest)
    await stage.until(pipeline, 'pending')
    stage.gitlab.finishJob(stage.gitlab.job(pipeline, 'coverage'), 'success')
    await stage.until(pipeline, 'failed')
  })

  it('when the coverage job fails but leaves its report', async () => {
    const mergeRequest = stage.openMergeRequest()
    await stage.run()
    const pipeline = stage.startPipeline(mergeRequest)
    await stage.until(pipeline, 'pending')
    stage.gitlab.finishJob(stage.gitlab.job(pipeline, 'coverage'), 'failed', { artifacts: artifacts(covered) })
    await stage.until(pipeline, 'success')
    expect(stage.description(pipeline)).toBe('all 2 measured changed lines are covered')
  })

  it('when the coverage job is skipped, because a job before it failed', async () => {
    const mergeRequest = stage.openMergeRequest()
    await stage.run()
    const pipeline = stage.gitlab.addPipeline(stage.project, { mergeRequest, jobs: coverageLater, stages })
    await stage.until(pipeline, 'pending')
    stage.gitlab.finishJob(stage.gitlab.job(pipeline, 'rspec'), 'failed')
    await stage.until(pipeline, 'success')
    expect(stage.description(pipeline)).toContain('cannot be judged')
    expect(pipeline.status).toBe('failed')
  })

  it('when the coverage job alone is cancelled', async () => {
    const mergeRequest = stage.openMergeRequest()
    await stage.run()
    const pipeline = stage.startPipeline(mergeRequest)
    await stage.until(pipeline, 'pending')
    stage.gitlab.setJob(stage.gitlab.job(pipeline, 'coverage'), 'canceled')
    await stage.until(pipeline, 'success')
    expect(stage.description(pipeline)).toContain('cannot be judged')
  })

  it('when the whole pipeline is cancelled, and nothing is said of it', async () => {
    const mergeRequest = stage.openMergeRequest()
    await stage.run()
    const pipeline = stage.startPipeline(mergeRequest)
    await stage.until(pipeline, 'pending')
    stage.gitlab.cancelPipeline(pipeline)
    await eventually(
      () => stage.redis.client().hgetall('{pipewarden:statuses}:waiting'),
      (waiting) => Object.keys(waiting).length === 0,
    )
    expect(stage.status(pipeline)?.status).toBe('canceled')
    expect(pipeline.status).toBe('canceled')
    expect(mergeRequest.notes).toEqual([])
  })

  it('when a cancelled pipeline is retried: it waits again, and is judged', async () => {
    const mergeRequest = stage.openMergeRequest()
    await stage.run()
    const pipeline = stage.startPipeline(mergeRequest)
    await stage.until(pipeline, 'pending')
    stage.gitlab.cancelPipeline(pipeline)
    await stage.until(pipeline, 'canceled')
    stage.gitlab.retryJob(stage.gitlab.job(pipeline, 'coverage'), stage.author)
    await stage.until(pipeline, 'pending')
    stage.gitlab.finishJob(stage.gitlab.job(pipeline, 'coverage'), 'success', { artifacts: artifacts(covered) })
    await stage.until(pipeline, 'success')
  })

  it('when the coverage job is retried: it waits again, and is judged again', async () => {
    const mergeRequest = stage.openMergeRequest()
    await stage.run()
    const pipeline = stage.startPipeline(mergeRequest)
    stage.gitlab.finishJob(stage.gitlab.job(pipeline, 'coverage'), 'success', { artifacts: artifacts(uncovered) })
    await stage.until(pipeline, 'failed')
    stage.gitlab.retryJob(stage.gitlab.job(pipeline, 'coverage'), stage.author)
    await stage.until(pipeline, 'pending')
    stage.gitlab.finishJob(stage.gitlab.job(pipeline, 'coverage'), 'success', { artifacts: artifacts(covered) })
    await stage.until(pipeline, 'success')
    expect(stage.noteOf(mergeRequest)).toContain('The tests cover this change')
    expect(mergeRequest.notes).toHaveLength(1)
  })

  it('when the branch moves on: the old pipeline ends as canceled, and only the new one is judged', async () => {
    const mergeRequest = stage.openMergeRequest()
    await stage.run()
    const old = stage.startPipeline(mergeRequest)
    await stage.until(old, 'pending')
    stage.gitlab.push(stage.project, { branch: 'sweet-apples', changes: { 'lib/apple.rb': 'def sour\n  1\nend\n' } })
    const next = stage.startPipeline(mergeRequest)
    await stage.until(next, 'pending')
    stage.gitlab.finishJob(stage.gitlab.job(old, 'coverage'), 'success', { artifacts: artifacts(uncovered) })
    await stage.until(old, 'canceled')
    expect(mergeRequest.notes).toEqual([])
    expect(stage.status(next)?.status).toBe('pending')
    stage.gitlab.setJob(stage.gitlab.job(next, 'coverage'), 'canceled')
    await stage.until(next, 'success')
  })

  it('when the bot was away while the job ended', async () => {
    const mergeRequest = stage.openMergeRequest()
    await stage.run()
    const pipeline = stage.startPipeline(mergeRequest)
    await stage.until(pipeline, 'pending')
    await stage.stopBot()
    stage.gitlab.finishJob(stage.gitlab.job(pipeline, 'coverage'), 'success', { artifacts: artifacts(covered) })
    await stage.gitlab.settled()
    expect(stage.status(pipeline)?.status).toBe('pending')
    await stage.run()
    await stage.until(pipeline, 'success')
  })

  it('when Redis lost everything meanwhile', async () => {
    const mergeRequest = stage.openMergeRequest()
    await stage.run()
    const pipeline = stage.startPipeline(mergeRequest)
    await stage.until(pipeline, 'pending')
    await stage.stopBot()
    await stage.redis.client().flushall()
    stage.gitlab.finishJob(stage.gitlab.job(pipeline, 'coverage'), 'success', { artifacts: artifacts(covered) })
    await stage.gitlab.settled()
    await stage.run()
    await stage.until(pipeline, 'success')
  })

  it('when Redis restarts under a running bot and forgets', async () => {
    const mergeRequest = stage.openMergeRequest()
    await stage.run()
    const pipeline = stage.startPipeline(mergeRequest)
    await stage.until(pipeline, 'pending')
    for (const hook of stage.project.hooks) hook.url = 'http://127.0.0.1:9/'
    stage.gitlab.finishJob(stage.gitlab.job(pipeline, 'coverage'), 'success', { artifacts: artifacts(covered) })
    await stage.gitlab.settled()
    await stage.redis.client().flushall()
    await stage.redis.restart()
    await stage.until(pipeline, 'success')
  })

  it('when it is switched off meanwhile', async () => {
    const mergeRequest = stage.openMergeRequest()
    await stage.run()
    const pipeline = stage.startPipeline(mergeRequest)
    await stage.until(pipeline, 'pending')
    await stage.stopBot()
    await stage.run('undercoverage: {enabled: false}')
    await stage.until(pipeline, 'success')
    expect(stage.description(pipeline)).toBe('undercoverage is switched off')
  })

  it('when a person would have to start the coverage job', async () => {
    const mergeRequest = stage.openMergeRequest()
    await stage.run()
    const pipeline = stage.gitlab.addPipeline(stage.project, {
      mergeRequest,
      jobs: [
        { name: 'rspec', stage: 'test', status: 'running' },
        { name: 'coverage', stage: 'report', when: 'manual' },
      ],
      stages,
    })
    await stage.until(pipeline, 'pending')
    stage.gitlab.finishJob(stage.gitlab.job(pipeline, 'rspec'), 'success')
    await stage.gitlab.settled()
    // What the sweep does every five minutes, it also does at the start.
    await stage.stopBot()
    await stage.run()
    await stage.until(pipeline, 'success')
    expect(stage.description(pipeline)).toContain('no coverage job ran')
  })

  it('though GitLab locks the commit, or asks for patience, while it is set', async () => {
    const mergeRequest = stage.openMergeRequest()
    await stage.run()
    stage.gitlab.failNext({ fault: 409, method: 'POST', path: /\/statuses\// })
    const pipeline = stage.startPipeline(mergeRequest)
    await stage.until(pipeline, 'pending')
    stage.gitlab.failNext({ fault: 'after-apply', method: 'POST', path: /\/statuses\// })
    stage.gitlab.finishJob(stage.gitlab.job(pipeline, 'coverage'), 'success', { artifacts: artifacts(covered) })
    await stage.until(pipeline, 'success')
    await stage.gitlab.settled()
    await new Promise((resolve) => setTimeout(resolve, 1500))
    expect(stage.statuses(pipeline)).toHaveLength(1)
  })

  it('also for a coverage job that is played after the pipeline ended, and told what it told before', async () => {
    const mergeRequest = stage.openMergeRequest()
    await stage.run('overrides: [{projects: ["**"], fail_fast: {settle: 1s}}]')
    const pipeline = stage.startPipeline(mergeRequest, [
      { name: 'rspec', status: 'running' },
      { name: 'coverage', when: 'manual', allowFailure: true },
    ])
    const looked = (count: number) =>
      eventually(
        () => stage.decisions(pipeline),
        ({ length }) => length >= count,
      )
    await looked(1)
    stage.gitlab.finishJob(stage.gitlab.job(pipeline, 'rspec'), 'success')
    await looked(2)
    expect(stage.statuses(pipeline)).toEqual([])
    const job = stage.gitlab.job(pipeline, 'coverage')
    stage.gitlab.setJob(job, 'pending')
    await stage.until(pipeline, 'pending')
    stage.gitlab.finishJob(job, 'success', { artifacts: artifacts(uncovered) })
    await stage.until(pipeline, 'failed')
  })

  it('is not even set without a job that matches, outside of merge requests, and with `hold: false`', async () => {
    const mergeRequest = stage.openMergeRequest()
    await stage.run('undercoverage: {hold: false}')
    const without = stage.startPipeline(mergeRequest, [{ name: 'rspec', status: 'running' }])
    const branch = stage.gitlab.addPipeline(stage.project, { jobs: [{ name: 'coverage', status: 'running' }] })
    const held = stage.startPipeline(mergeRequest)
    stage.gitlab.finishJob(stage.gitlab.job(without, 'rspec'), 'success')
    stage.gitlab.finishJob(stage.gitlab.job(branch, 'coverage'), 'success', { artifacts: artifacts(uncovered) })
    stage.gitlab.finishJob(stage.gitlab.job(held, 'coverage'), 'success', { artifacts: artifacts(uncovered) })
    await stage.until(held, 'failed')
    expect(stage.statuses(without)).toEqual([])
    expect(stage.statuses(branch)).toEqual([])
    const sent = stage.gitlab.calls('POST', /\/statuses\//).map(({ body }) => body as { state: string; name: string })
    expect(sent).toEqual([expect.objectContaining({ state: 'failed', name: statusName })])
  })
})
