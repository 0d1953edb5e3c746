import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createGitLab } from '../../src/gitlab/index.ts'
import { createLog } from '../../src/log.ts'
import { perform } from '../../src/perform.ts'
import { createWaitingStatuses } from '../../src/store/waiting-statuses.ts'
import { eventually } from '../support/bot.ts'
import { artifacts, covered, createStage, lcov, type Stage, statusName, uncovered } from './stage.ts'

let stage: Stage

beforeEach(async () => {
  stage = await createStage()
})

afterEach(() => stage.close())

describe('paths of reports', () => {
  const judge = async (report: string, name = 'coverage/lcov.info') => {
    const mergeRequest = stage.openMergeRequest()
    await stage.run()
    const pipeline = stage.startPipeline(mergeRequest)
    stage.gitlab.finishJob(stage.gitlab.job(pipeline, 'coverage'), 'success', { artifacts: { [name]: report } })
    return pipeline
  }

  const trees = () => stage.gitlab.calls('GET', /\/repository\/tree$/)

  it('that are those of the repository need no list of its files', async () => {
    const pipeline = await judge(uncovered)
    await stage.until(pipeline, 'failed')
    expect(trees()).toEqual([])
  })

  it('below the build directory need none either', async () => {
    const pipeline = await judge(uncovered.replace('lib/', '/builds/meadow/orchard/lib/'))
    await stage.until(pipeline, 'failed')
    expect(stage.description(pipeline)).toContain('lib/apple.rb 6')
    expect(trees()).toEqual([])
  })

  it('of another place are looked up in the repository at the commit of the pipeline', async () => {
    const pipeline = await judge(uncovered.replace('lib/', '/home/ci/work/lib/'))
    await stage.until(pipeline, 'failed')
    expect(stage.description(pipeline)).toContain('lib/apple.rb 6')
    expect(trees()).toHaveLength(1)
  })
})

describe('a repository of thousands of files', () => {
  it('is listed page by page', async () => {
    const many = Object.fromEntries(Array.from({ length: 1_250 }, (_, index) => [`lib/part${index}/seed.rb`, 'x\n']))
    stage.gitlab.push(stage.project, { branch: 'main', changes: many })
    const mergeRequest = stage.openMergeRequest([], { 'lib/part7/seed.rb': 'def sow\n  1\nend\n' })
    await stage.run()
    const pipeline = stage.startPipeline(mergeRequest)
    const report = lcov('/other/place/lib/part7/seed.rb', { 2: 0 })
    stage.gitlab.finishJob(stage.gitlab.job(pipeline, 'coverage'), 'success', { artifacts: artifacts(report) })
    await stage.until(pipeline, 'failed')
    expect(stage.description(pipeline)).toContain('lib/part7/seed.rb 2')
    expect(stage.gitlab.calls('GET', /\/repository\/tree$/).length).toBeGreaterThan(20)
  })
})

describe('asked again', () => {
  it('by a label action, the newest pipeline is judged once more', async () => {
    const mergeRequest = stage.openMergeRequest()
    await stage.run('label_actions: [{labels: ["check again"], do: [recheck_undercoverage]}]\ndebounce: 0s')
    const pipeline = stage.startPipeline(mergeRequest)
    const job = stage.gitlab.job(pipeline, 'coverage')
    stage.gitlab.finishJob(job, 'success', { artifacts: artifacts(uncovered) })
    await stage.until(pipeline, 'failed')
    // What the archive holds never changes on GitLab: here it stands for whatever made somebody ask.
    job.artifacts = artifacts(covered)
    stage.gitlab.setLabels(mergeRequest, ['check again'], stage.author)
    await stage.until(pipeline, 'success')
    expect(stage.noteOf(mergeRequest)).toContain('The tests cover this change')
  })
})

describe('a status', () => {
  const set = (state: 'pending' | 'success', pipeline: { id: number; sha: string }) =>
    ({
      type: 'set_commit_status',
      project: stage.project.id,
      sha: pipeline.sha,
      pipeline: pipeline.id,
      name: statusName,
      state,
      description: state,
      targetUrl: null,
      about: { mergeRequest: 17, url: '', path: 'meadow/orchard' },
    }) as const

  it('is not undone by an older decision, is not set twice, and is remembered only while it waits', async () => {
    const mergeRequest = stage.openMergeRequest()
    const pipeline = stage.startPipeline(mergeRequest)
    const gitlab = createGitLab({
      url: stage.gitlab.url,
      token: stage.gitlab.addToken(stage.bot),
      log: createLog('silent', []),
    })
    const redis = stage.redis.client()
    const waiting = createWaitingStatuses(redis, () => 10_000)
    const deps = {
      ...gitlab,
      redis,
      botUserId: async () => stage.bot.id,
      wake: async () => false,
      slack: null,
      now: Date.now,
    }
    const at = (decidedAt: number) => ({ decidedAt, firstTry: true })
    await perform(set('pending', pipeline), deps, at(1_000))
    expect(await waiting.list()).toHaveLength(1)
    await perform(set('success', pipeline), deps, at(3_000))
    expect(await waiting.list()).toEqual([])
    expect(await perform(set('pending', pipeline), deps, at(2_000))).toMatchObject({ result: 'already so' })
    expect(await perform(set('success', pipeline), deps, at(4_000))).toEqual({ result: 'already so' })
    expect(stage.statuses(pipeline).map(({ status }) => status)).toEqual(['success'])
    expect(await waiting.list()).toEqual([])
    const { project, pipeline: id, name } = set('pending', pipeline)
    const lost = { project, pipeline: id, name, since: 5_000 }
    await waiting.add({ ...lost, path: 'meadow/orchard', mergeRequest: 17 })
    const forget = (since: number) => perform({ type: 'forget_status', ...lost, since }, deps, at(6_000))
    expect(await forget(4_000)).toEqual({ result: 'already so' })
    expect(await waiting.list()).toHaveLength(1)
    expect(await forget(5_000)).toEqual({ result: 'done' })
    expect(await waiting.list()).toEqual([])
    await gitlab.close()
  })

  it('that waits for a week is forgotten: GitLab has ended its jobs long ago', async () => {
    const redis = stage.redis.client()
    const status = { project: 1, path: 'a/b', pipeline: 2, mergeRequest: 3, name: statusName }
    await createWaitingStatuses(redis).add({ ...status, since: Date.now() - 8 * 86_400_000 })
    expect(await createWaitingStatuses(redis).list()).toEqual([])
  })
})

describe('a merge request whose diff GitLab has not made yet', () => {
  it('is judged when it is there, and not by an empty one', async () => {
    stage.gitlab.behaviour.diffRefsDelay = 2_000
    const mergeRequest = stage.openMergeRequest()
    await stage.run()
    const pipeline = stage.startPipeline(mergeRequest)
    stage.gitlab.finishJob(stage.gitlab.job(pipeline, 'coverage'), 'success', { artifacts: artifacts(uncovered) })
    await stage.until(pipeline, 'failed')
  })
})

describe('a trigger job that has not started its pipeline', () => {
  it('is waited for, since it may bring more coverage', async () => {
    const mergeRequest = stage.openMergeRequest()
    await stage.run()
    const pipeline = stage.gitlab.addPipeline(stage.project, {
      mergeRequest,
      stages: ['test', 'children'],
      jobs: [
        { name: 'coverage', stage: 'test', status: 'running' },
        { name: 'rspec', stage: 'test', status: 'running' },
      ],
      bridges: [{ name: 'backend', stage: 'children', downstream: { jobs: [{ name: 'coverage api' }] } }],
    })
    await stage.until(pipeline, 'pending')
    stage.gitlab.finishJob(stage.gitlab.job(pipeline, 'coverage'), 'success', { artifacts: artifacts(uncovered) })
    await stage.gitlab.settled()
    await new Promise((resolve) => setTimeout(resolve, 700))
    expect(stage.status(pipeline)?.status).toBe('pending')
    stage.gitlab.finishJob(stage.gitlab.job(pipeline, 'rspec'), 'success')
    const child = stage.project.pipelines.find(({ source }) => source === 'parent_pipeline')
    if (!child) throw new Error('there is no child pipeline')
    const report = lcov('lib/apple.rb', { 6: 2 })
    stage.gitlab.finishJob(stage.gitlab.job(child, 'coverage api'), 'success', { artifacts: artifacts(report) })
    await stage.until(pipeline, 'success')
  })
})

describe('a pipeline of a merge train', () => {
  it('gets no status', async () => {
    const mergeRequest = stage.openMergeRequest()
    await stage.run()
    const pipeline = stage.gitlab.addPipeline(stage.project, {
      mergeRequest,
      ref: `refs/merge-requests/${mergeRequest.iid}/train`,
      jobs: [{ name: 'coverage', status: 'running' }],
    })
    await eventually(
      () => stage.decisions(pipeline),
      (found) => found.some(({ because }) => because.includes('merge train')),
    )
    expect(stage.statuses(pipeline)).toEqual([])
  })
})

describe('a change of what needs no test', () => {
  it('passes and says so', async () => {
    const mergeRequest = stage.openMergeRequest([], { 'spec/apple_spec.rb': 'it { }\n', 'README.md': 'Fruit\n' })
    await stage.run()
    const pipeline = stage.startPipeline(mergeRequest)
    stage.gitlab.finishJob(stage.gitlab.job(pipeline, 'coverage'), 'success', { artifacts: artifacts(covered) })
    await stage.until(pipeline, 'success')
    expect(stage.description(pipeline)).toContain('nothing measurable')
  })
})
