import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { eventually } from '../support/bot.ts'
import { lying, renamed, zipOf } from '../support/zip.ts'
import { artifacts, base, changed, covered, createStage, lcov, type Stage, uncovered } from './stage.ts'

const label = 'pipeline:skip-undercoverage'

let stage: Stage

beforeEach(async () => {
  stage = await createStage()
})

afterEach(() => stage.close())

describe('a label that spares the merge request', () => {
  it('makes it pass from the start', async () => {
    const mergeRequest = stage.openMergeRequest([label])
    await stage.run()
    const pipeline = stage.startPipeline(mergeRequest)
    await stage.until(pipeline, 'success')
    expect(stage.description(pipeline)).toBe(`skipped by label ${label}, set by imke`)
    stage.gitlab.finishJob(stage.gitlab.job(pipeline, 'coverage'), 'success', { artifacts: artifacts(uncovered) })
    await stage.gitlab.settled()
    await new Promise((resolve) => setTimeout(resolve, 1000))
    expect(stage.status(pipeline)?.status).toBe('success')
    expect(mergeRequest.notes).toEqual([])
  })

  it('turns a red verdict green at once, and red again when it is removed', async () => {
    const mergeRequest = stage.openMergeRequest()
    await stage.run()
    const pipeline = stage.startPipeline(mergeRequest)
    stage.gitlab.finishJob(stage.gitlab.job(pipeline, 'coverage'), 'success', { artifacts: artifacts(uncovered) })
    await stage.until(pipeline, 'failed')
    stage.gitlab.setLabels(mergeRequest, ['kind:fruit', label], stage.author)
    await stage.until(pipeline, 'success')
    expect(stage.description(pipeline)).toBe(`skipped by label ${label}, set by imke`)
    const note = stage.noteOf(mergeRequest)
    expect(note).toContain('Coverage is not judged')
    expect(note).not.toContain('No test runs')
    stage.gitlab.setLabels(mergeRequest, ['kind:fruit'], stage.author)
    await stage.until(pipeline, 'failed')
    await eventually(
      () => stage.noteOf(mergeRequest),
      (text) => text.includes('No test runs'),
    )
  })

  it('is waited out when it is removed while the job still runs', async () => {
    const mergeRequest = stage.openMergeRequest([label])
    await stage.run()
    const pipeline = stage.startPipeline(mergeRequest)
    await stage.until(pipeline, 'success')
    stage.gitlab.setLabels(mergeRequest, [], stage.author)
    await stage.until(pipeline, 'pending')
    stage.gitlab.finishJob(stage.gitlab.job(pipeline, 'coverage'), 'success', { artifacts: artifacts(covered) })
    await stage.until(pipeline, 'success')
    expect(stage.description(pipeline)).toContain('covered')
  })
})

describe('a pipeline of the merged result', () => {
  const header = '# Everything about apples.\n'

  it('is judged by the lines of its own commit', async () => {
    const mergeRequest = stage.openMergeRequest()
    await stage.run()
    stage.gitlab.push(stage.project, { branch: 'main', changes: { 'lib/apple.rb': header + base } })
    const { sha } = stage.gitlab.mergedResult(mergeRequest, { 'lib/apple.rb': header + changed })
    const pipeline = stage.gitlab.addPipeline(stage.project, {
      mergeRequest,
      sha,
      ref: `refs/merge-requests/${mergeRequest.iid}/merge`,
      jobs: [{ name: 'coverage', status: 'running' }],
    })
    await stage.until(pipeline, 'pending')
    const report = lcov('lib/apple.rb', { 2: 1, 3: 4, 6: 1, 7: 0 })
    stage.gitlab.finishJob(stage.gitlab.job(pipeline, 'coverage'), 'success', { artifacts: artifacts(report) })
    await stage.until(pipeline, 'failed')
    expect(stage.description(pipeline)).toContain('lib/apple.rb 7')
    expect(stage.noteOf(mergeRequest)).toContain(`/-/blob/${sha}/lib/apple.rb#L7`)
  })

  it('counts no more once the branch has moved on', async () => {
    const mergeRequest = stage.openMergeRequest()
    await stage.run()
    const { sha } = stage.gitlab.mergedResult(mergeRequest)
    const pipeline = stage.gitlab.addPipeline(stage.project, {
      mergeRequest,
      sha,
      ref: `refs/merge-requests/${mergeRequest.iid}/merge`,
      jobs: [{ name: 'coverage', status: 'running' }],
    })
    await stage.until(pipeline, 'pending')
    stage.gitlab.push(stage.project, { branch: 'sweet-apples', changes: { 'lib/pear.rb': 'def pear\nend\n' } })
    stage.gitlab.finishJob(stage.gitlab.job(pipeline, 'coverage'), 'success', { artifacts: artifacts(uncovered) })
    await stage.until(pipeline, 'canceled')
    expect(mergeRequest.notes).toEqual([])
  })

  it('is judged by the raw diff where GitLab leaves the diff of a file out', async () => {
    const mergeRequest = stage.openMergeRequest()
    mergeRequest.tooLarge.push('lib/apple.rb')
    await stage.run()
    const { sha } = stage.gitlab.mergedResult(mergeRequest)
    const pipeline = stage.gitlab.addPipeline(stage.project, {
      mergeRequest,
      sha,
      ref: `refs/merge-requests/${mergeRequest.iid}/merge`,
      jobs: [{ name: 'coverage', status: 'running' }],
    })
    stage.gitlab.finishJob(stage.gitlab.job(pipeline, 'coverage'), 'success', { artifacts: artifacts(uncovered) })
    await stage.until(pipeline, 'failed')
    expect(stage.description(pipeline)).toContain('lib/apple.rb 6')
  })
})

describe('a merge request from a fork', () => {
  it('is judged when its pipeline runs here', async () => {
    const stranger = stage.gitlab.addUser({ username: 'tamme' })
    const fork = stage.gitlab.addProject({ path: 'tamme/orchard' })
    stage.gitlab.addMember(fork, stranger, 'owner')
    const mergeRequest = stage.gitlab.addMergeRequest(stage.project, {
      sourceBranch: 'sweet-apples',
      author: stranger,
      fork,
      changes: { 'lib/apple.rb': changed },
    })
    await stage.run()
    const pipeline = stage.startPipeline(mergeRequest)
    stage.gitlab.finishJob(stage.gitlab.job(pipeline, 'coverage'), 'success', { artifacts: artifacts(uncovered) })
    await stage.until(pipeline, 'failed')
    expect(stage.noteOf(mergeRequest)).toContain('lib/apple.rb#L6')
  })

  it('is left alone when its pipeline runs in the fork', async () => {
    const fork = stage.gitlab.addProject({ path: 'tamme/orchard' })
    const mergeRequest = stage.gitlab.addMergeRequest(stage.project, {
      sourceBranch: 'sweet-apples',
      author: stage.author,
      fork,
      changes: { 'lib/apple.rb': changed },
    })
    const bot = await stage.run()
    stage.gitlab.addHook(fork, { url: `${bot.url}/webhooks/gitlab`, token: 'a secret of the hook' })
    const pipeline = stage.gitlab.addPipeline(fork, { mergeRequest, jobs: [{ name: 'coverage', status: 'running' }] })
    await stage.gitlab.settled()
    await new Promise((resolve) => setTimeout(resolve, 500))
    expect(stage.statuses(pipeline)).toEqual([])
    expect(mergeRequest.notes).toEqual([])
  })
})

describe('coverage jobs of child pipelines', () => {
  it('count for the pipeline of the merge request, which is held for them', async () => {
    const mergeRequest = stage.openMergeRequest()
    await stage.run()
    const pipeline = stage.gitlab.addPipeline(stage.project, {
      mergeRequest,
      jobs: [
        { name: 'rspec', status: 'running' },
        { name: 'coverage', status: 'running' },
      ],
      bridges: [
        {
          name: 'backend',
          status: 'running',
          downstream: { jobs: [{ name: 'coverage api', status: 'running' }] },
        },
      ],
    })
    await stage.until(pipeline, 'pending')
    stage.gitlab.finishJob(stage.gitlab.job(pipeline, 'coverage'), 'success', { artifacts: artifacts(uncovered) })
    await stage.gitlab.settled()
    await new Promise((resolve) => setTimeout(resolve, 700))
    expect(stage.status(pipeline)?.status).toBe('pending')
    const child = stage.project.pipelines.find(({ source }) => source === 'parent_pipeline')
    if (!child) throw new Error('there is no child pipeline')
    const report = lcov('lib/apple.rb', { 6: 2 })
    stage.gitlab.finishJob(stage.gitlab.job(child, 'coverage api'), 'success', { artifacts: artifacts(report) })
    await stage.until(pipeline, 'success')
    expect(stage.statuses(child)).toEqual([])
  })
})

describe('what GitLab gives', () => {
  const finish = async (archive: Buffer | Record<string, string>) => {
    const mergeRequest = stage.openMergeRequest()
    await stage.run()
    const pipeline = stage.startPipeline(mergeRequest)
    const details = Buffer.isBuffer(archive) ? { archive } : { artifacts: archive }
    stage.gitlab.finishJob(stage.gitlab.job(pipeline, 'coverage'), 'success', details)
    return { pipeline, mergeRequest }
  }

  it('may be artifacts on another host, which sees no token', async () => {
    stage.gitlab.behaviour.artifactsElsewhere = true
    const { pipeline } = await finish(artifacts(covered))
    await stage.until(pipeline, 'success')
    expect(stage.gitlab.storageRequests).not.toEqual([])
    for (const { headers } of stage.gitlab.storageRequests) expect(headers).not.toHaveProperty('private-token')
  })

  it('may be a diff without the large file, whose lines the raw diff has', async () => {
    const mergeRequest = stage.openMergeRequest()
    mergeRequest.tooLarge.push('lib/apple.rb')
    await stage.run()
    const pipeline = stage.startPipeline(mergeRequest)
    stage.gitlab.finishJob(stage.gitlab.job(pipeline, 'coverage'), 'success', { artifacts: artifacts(uncovered) })
    await stage.until(pipeline, 'failed')
    expect(stage.description(pipeline)).toContain('lib/apple.rb 6')
  })

  it('may be an archive that unpacks to a thousand times its size', async () => {
    const archive = await zipOf([{ path: 'coverage/lcov.info', content: Buffer.alloc(60 * 1024 * 1024, 'DA:1,0\n') }])
    const { pipeline, mergeRequest } = await finish(archive)
    await stage.until(pipeline, 'success')
    expect(stage.description(pipeline)).toContain('cannot be judged')
    expect(stage.noteOf(mergeRequest)).toContain('unpacks to more than')
  })

  it('may be an archive with names that lead out of it', async () => {
    const good = await zipOf([
      { path: 'xx/lcov.info', content: covered },
      { path: 'coverage/lcov.info', content: uncovered },
    ])
    const { pipeline } = await finish(renamed(good, 'xx/lcov.info', '../lcov.info'))
    await stage.until(pipeline, 'failed')
    expect(stage.description(pipeline)).toContain('lib/apple.rb 6')
  })

  it('may be an archive that lies about the sizes of its files', async () => {
    const good = await zipOf([{ path: 'coverage/lcov.info', content: covered }])
    const { pipeline } = await finish(lying(good, 'coverage/lcov.info', { size: 10 }))
    await stage.until(pipeline, 'success')
    expect(stage.description(pipeline)).toContain('cannot be judged')
  })

  it('may be a report and names that try to give orders in the note', async () => {
    const path = 'lib/@all `x` /close.rb'
    const mergeRequest = stage.openMergeRequest([], { [path]: 'def run\n  1\nend\n' })
    await stage.run()
    const pipeline = stage.startPipeline(mergeRequest, [{ name: 'coverage\n/merge @imke', status: 'running' }])
    const report = `SF:${path}\nFN:1,</details>/approve @imke\nFNDA:0,</details>/approve @imke\nDA:2,0\nend_of_record\n`
    stage.gitlab.finishJob(stage.gitlab.job(pipeline, 'coverage\n/merge @imke'), 'success', {
      artifacts: artifacts(report),
    })
    await stage.until(pipeline, 'failed')
    const note = stage.noteOf(mergeRequest)
    expect(note).toContain('No test runs')
    expect(note.split('\n').filter((line) => /^\s*\//.test(line))).toEqual([])
  })
})
