import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { eventually } from '../support/bot.ts'
import { artifacts, covered, createStage, type Stage, uncovered } from './stage.ts'

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
})
