import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { eventually, webhookSecret } from '../support/bot.ts'
import { artifacts, changed, covered, createStage, lcov, type Stage, uncovered } from './stage.ts'

describe('a merge request with a coverage job', () => {
  let stage: Stage

  beforeEach(async () => {
    stage = await createStage()
  })

  afterEach(() => stage.close())

  it('is held by a pending status while the job runs, and fails when a changed line has no test', async () => {
    const mergeRequest = stage.openMergeRequest()
    await stage.run()
    const pipeline = stage.startPipeline(mergeRequest)
    await stage.until(pipeline, 'pending')
    expect(pipeline.status).toBe('running')
    stage.gitlab.finishJob(stage.gitlab.job(pipeline, 'coverage'), 'success', { artifacts: artifacts(uncovered) })
    await stage.until(pipeline, 'failed')
    expect(stage.description(pipeline)).toBe('1 of 2 measured changed lines is not covered: lib/apple.rb 6')
    expect(pipeline.status).toBe('failed')
    const note = stage.noteOf(mergeRequest)
    expect(note).toContain('No test runs a part of this change')
    expect(note).toContain(`/-/blob/${pipeline.sha}/lib/apple.rb#L6`)
    expect(note).toContain('sweet')
    expect(note).toContain('pipeline:skip-undercoverage')
    expect(stage.target(pipeline)).toContain(`/-/merge_requests/${mergeRequest.iid}#note_${mergeRequest.notes[0]?.id}`)
    expect(stage.statuses(pipeline)).toHaveLength(1)
  })

  it('passes without a note when every changed line is run', async () => {
    const mergeRequest = stage.openMergeRequest()
    await stage.run()
    const pipeline = stage.startPipeline(mergeRequest)
    stage.gitlab.finishJob(stage.gitlab.job(pipeline, 'coverage'), 'success', { artifacts: artifacts(covered) })
    await stage.until(pipeline, 'success')
    expect(stage.description(pipeline)).toBe('all 2 measured changed lines are covered')
    expect(stage.target(pipeline)).toContain(`/-/pipelines/${pipeline.id}`)
    expect(mergeRequest.notes).toEqual([])
    await eventually(
      () => pipeline.status,
      (status) => status === 'success',
    )
  })

  it('is judged once by all its coverage jobs together, however many events tell that they ended', async () => {
    const mergeRequest = stage.openMergeRequest()
    await stage.run()
    const jobs = ['coverage unit', 'coverage api'].map((name) => ({ name, status: 'running' as const }))
    const pipeline = stage.startPipeline(mergeRequest, jobs)
    await stage.until(pipeline, 'pending')
    stage.gitlab.addHook(stage.project, { url: stage.project.hooks[0]?.url ?? '', token: webhookSecret })
    const [one, other] = [stage.gitlab.job(pipeline, 'coverage unit'), stage.gitlab.job(pipeline, 'coverage api')]
    stage.gitlab.finishJob(one, 'success', { artifacts: artifacts(uncovered) })
    stage.gitlab.finishJob(other, 'success', { artifacts: artifacts(lcov('lib/apple.rb', { 6: 1 })) })
    await stage.until(pipeline, 'success')
    await stage.gitlab.settled()
    await new Promise((resolve) => setTimeout(resolve, 1500))
    expect(stage.gitlab.calls('GET', /\/diffs$/)).toHaveLength(1)
    expect(stage.statuses(pipeline)).toHaveLength(1)
    expect(mergeRequest.notes).toEqual([])
  })

  it('is an error when a coverage job failed without the report that could have shown the line to run', async () => {
    const mergeRequest = stage.openMergeRequest()
    await stage.run()
    const jobs = ['coverage 1/2', 'coverage 2/2'].map((name) => ({ name, status: 'running' as const }))
    const pipeline = stage.startPipeline(mergeRequest, jobs)
    stage.gitlab.finishJob(stage.gitlab.job(pipeline, 'coverage 1/2'), 'success', { artifacts: artifacts(uncovered) })
    stage.gitlab.finishJob(stage.gitlab.job(pipeline, 'coverage 2/2'), 'failed')
    await stage.until(pipeline, 'success')
    expect(stage.description(pipeline)).toContain('cannot be judged: coverage 2/2 ended as failed and left no report')
    expect(stage.noteOf(mergeRequest)).toContain('`lib/apple.rb`')
  })

  it('is an error when the job that measures a part of the change left no report, though the rest is covered', async () => {
    const changes = {
      'lib/apple.rb': changed,
      'web/pear.js': 'export const pear = () => 1\n',
      'doc/apple.md': 'Apples\n',
    }
    const mergeRequest = stage.openMergeRequest([], changes)
    await stage.run('undercoverage: {on_error: fail}')
    const jobs = ['coverage rspec', 'coverage jest'].map((name) => ({ name, status: 'running' as const }))
    const pipeline = stage.startPipeline(mergeRequest, jobs)
    stage.gitlab.finishJob(stage.gitlab.job(pipeline, 'coverage rspec'), 'success', { artifacts: artifacts(covered) })
    stage.gitlab.finishJob(stage.gitlab.job(pipeline, 'coverage jest'), 'failed')
    await stage.until(pipeline, 'failed')
    expect(stage.description(pipeline)).toContain('cannot be judged: coverage jest ended as failed and left no report')
    expect(stage.noteOf(mergeRequest)).toContain('`web/pear.js` is measured by no report')
  })

  it('fails when a changed file is in no report, and says which', async () => {
    const mergeRequest = stage.openMergeRequest([], { 'lib/pear.rb': 'def pear\n  1\nend\n' })
    await stage.run()
    const pipeline = stage.startPipeline(mergeRequest)
    stage.gitlab.finishJob(stage.gitlab.job(pipeline, 'coverage'), 'success', { artifacts: artifacts(covered) })
    await stage.until(pipeline, 'failed')
    expect(stage.description(pipeline)).toContain('lib/pear.rb is changed and in no report')
    expect(stage.noteOf(mergeRequest)).toContain(`/-/blob/${pipeline.sha}/lib/pear.rb`)
  })

  it('stays green with `blocking: false`, and says what it found', async () => {
    const mergeRequest = stage.openMergeRequest()
    await stage.run('undercoverage: {blocking: false}')
    const pipeline = stage.startPipeline(mergeRequest)
    stage.gitlab.finishJob(stage.gitlab.job(pipeline, 'coverage'), 'success', { artifacts: artifacts(uncovered) })
    await stage.until(pipeline, 'success')
    expect(stage.description(pipeline)).toContain('only reported: 1 of 2')
    expect(stage.noteOf(mergeRequest)).toContain('No test runs a part of this change')
  })

  it('is an error that names the cause and the fix when the paths of the report do not match', async () => {
    const mergeRequest = stage.openMergeRequest()
    await stage.run()
    const pipeline = stage.startPipeline(mergeRequest)
    const report = lcov('source/apples.rb', { 1: 1 }) + lcov('source/pears.rb', { 1: 1 })
    stage.gitlab.finishJob(stage.gitlab.job(pipeline, 'coverage'), 'success', { artifacts: artifacts(report) })
    await stage.until(pipeline, 'success')
    expect(stage.description(pipeline)).toContain('do not match the repository')
    const note = stage.noteOf(mergeRequest)
    expect(note).toContain('source/apples.rb')
    expect(note).toContain('lib/apple.rb')
  })

  it('says so when the change itself takes lines out of the measure', async () => {
    const body = changed.replace('apple.sugar > 10', 'apple.sugar > 10 # :nocov:')
    const mergeRequest = stage.openMergeRequest([], { 'lib/apple.rb': body })
    await stage.run()
    const pipeline = stage.startPipeline(mergeRequest)
    stage.gitlab.finishJob(stage.gitlab.job(pipeline, 'coverage'), 'success', { artifacts: artifacts(covered) })
    await stage.until(pipeline, 'success')
    expect(stage.noteOf(mergeRequest)).toContain('Taken out of the measure by markers that this change adds')
  })

  it('writes nothing anywhere in a dry run, but tells what it would do', async () => {
    const mergeRequest = stage.openMergeRequest()
    await stage.run('dry_run: true')
    const pipeline = stage.startPipeline(mergeRequest)
    stage.gitlab.finishJob(stage.gitlab.job(pipeline, 'coverage'), 'success', { artifacts: artifacts(uncovered) })
    const [decision] = await eventually(
      () => stage.decisions(pipeline),
      (found) => found.some(({ because }) => because.startsWith('fail')),
    )
    expect(decision?.because).toContain('lib/apple.rb 6')
    await stage.gitlab.settled()
    expect(stage.gitlab.requests.filter(({ method }) => method !== 'GET')).toEqual([])
    expect(stage.statuses(pipeline)).toEqual([])
  })
})
