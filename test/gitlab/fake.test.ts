import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { withDeadline } from '../../src/gitlab/deadline.ts'
import { isAlreadyRetried, isUnplayable } from '../../src/gitlab/errors.ts'
import { withSharedReads } from '../../src/gitlab/shared-reads.ts'
import { type FakeGitLab, startFakeGitLab } from '../support/fake-gitlab/index.ts'
import type { MergeRequest, Pipeline, Project } from '../support/fake-gitlab/types.ts'
import { failureOf, gateway } from './serve.ts'

let fake: FakeGitLab
let project: Project
let mergeRequest: MergeRequest
let pipeline: Pipeline
let token: string
let gitlab: ReturnType<typeof gateway>

beforeEach(async () => {
  fake = await startFakeGitLab()
  project = fake.addProject({ path: 'meadow/orchard' })
  const author = fake.addUser({ username: 'imke' })
  fake.addMember(project, author, 'developer')
  const bot = fake.addBot(project)
  token = bot.token
  mergeRequest = fake.addMergeRequest(project, { sourceBranch: 'ripe/apples', author })
  pipeline = fake.addPipeline(project, {
    mergeRequest,
    jobs: [
      {
        name: 'rspec',
        status: 'failed',
        failureReason: 'script_failure',
        trace: 'log\n',
        artifacts: { 'a/b.xml': '<a/>' },
      },
      { name: 'jest', status: 'running', testReport: [{ name: 'adds up', status: 'failed', output: 'no' }] },
      { name: 'deploy', when: 'manual', status: 'manual' },
    ],
    bridges: [{ name: 'docs', status: 'success', downstream: { jobs: [{ name: 'build', status: 'success' }] } }],
  })
  gitlab = gateway(fake.url, { token })
})

afterEach(async () => {
  await gitlab.close()
  const { problems } = fake
  await fake.close()
  expect(problems).toEqual([])
})

const idOf = (name: string): number => fake.job(pipeline, name).id

describe('against an instance', () => {
  it('jobs are read once for reactions that one event woke, and again for one that asks later', async () => {
    fake.behaviour.latency = 900
    const shared = withSharedReads(gitlab.reader)
    const first = [1, 2].map(() => shared.pipelineJobs(project.id, pipeline.id))
    await sleep(600)
    const later = shared.pipelineJobs(project.id, pipeline.id)
    const [one, two, three] = await Promise.all([...first, later])
    expect(two).toBe(one)
    expect(three).not.toBe(one)
    expect(fake.calls('GET', /\/jobs$/)).toHaveLength(2)
  })

  it('a project without environments has no deployments, but where they are only hidden nobody knows', async () => {
    const other = fake.addProject({ path: 'meadow/press', visibility: 'public', environments: 'disabled' })
    expect(await gitlab.reader.runningDeployments(other.id)).toEqual([])
    fake.failNext({ fault: 403, path: /deployments$/ })
    expect(await failureOf(gitlab.reader.runningDeployments(project.id))).toMatchObject({ status: 403 })
  })

  it('everything about a pipeline can be read', async () => {
    const { reader } = gitlab
    const [read, jobs, bridges] = await Promise.all([
      reader.pipeline(project.id, pipeline.id),
      reader.pipelineJobs(project.id, pipeline.id),
      reader.pipelineBridges(project.id, pipeline.id),
    ])
    expect(read).toMatchObject({ id: pipeline.id, project: project.id, sha: pipeline.sha, source: pipeline.source })
    expect(jobs.map(({ name }) => name).sort()).toEqual(['deploy', 'jest', 'rspec'])
    expect(bridges).toMatchObject([{ name: 'docs', downstream: { project: project.id } }])
    expect(await reader.job(project.id, idOf('rspec'))).toMatchObject({
      status: 'failed',
      failureReason: 'script_failure',
      pipeline: { id: pipeline.id },
    })
    expect(await reader.recentSuccessfulJobs(project.id)).toMatchObject([{ name: 'build' }])
  })

  it('an old one is asked for its bridges in the old way', async () => {
    fake.behaviour.triggerJobs = false
    expect(await gitlab.reader.pipelineBridges(project.id, pipeline.id)).toHaveLength(1)
  })

  it('a merge request, its pipelines and its notes can be read and written', async () => {
    const { reader, writer } = gitlab
    const read = await reader.mergeRequest(project.id, mergeRequest.iid)
    expect(read).toMatchObject({
      iid: mergeRequest.iid,
      sha: mergeRequest.sha,
      sourceProject: project.id,
      state: 'opened',
    })
    expect((await reader.mergeRequestPipelines(project.id, mergeRequest.iid)).map(({ id }) => id)).toContain(
      pipeline.id,
    )
    const note = await writer.createNote(project.id, mergeRequest.iid, 'first')
    await writer.updateNote(project.id, mergeRequest.iid, note.id, 'second')
    const notes = await reader.mergeRequestNotes(project.id, mergeRequest.iid)
    const user = await reader.currentUser()
    expect(notes.filter(({ author }) => author.id === user.id).map(({ body }) => body)).toEqual(['second'])
    expect(user.bot).toBe(true)
  })

  it('a pipeline is cancelled, and cancelling it again changes nothing', async () => {
    await gitlab.writer.cancelPipeline(project.id, pipeline.id)
    await gitlab.writer.cancelPipeline(project.id, pipeline.id)
    expect(fake.job(pipeline, 'jest').status).toBe('canceled')
  })

  it('a job is retried once', async () => {
    const job = idOf('rspec')
    const attempt = await gitlab.writer.retryJob(project.id, job)
    expect(attempt.id).toBeGreaterThan(job)
    expect(isAlreadyRetried(await failureOf(gitlab.writer.retryJob(project.id, job)))).toBe(true)
    const all = await gitlab.reader.pipelineJobs(project.id, pipeline.id, { includeRetried: true })
    expect(all.filter(({ name }) => name === 'rspec')).toHaveLength(2)
  })

  it('a manual job is played once', async () => {
    const job = idOf('deploy')
    await gitlab.writer.playJob(project.id, job)
    expect(isUnplayable(await failureOf(gitlab.writer.playJob(project.id, job)))).toBe(true)
  })

  it('a commit status is set in its pipeline, as often as one likes', async () => {
    const status = { name: 'pipewarden/x', description: 'waiting', pipeline: pipeline.id } as const
    const { reader, writer } = gitlab
    await writer.setCommitStatus(project.id, pipeline.sha, { ...status, state: 'running' })
    await writer.setCommitStatus(project.id, pipeline.sha, { ...status, state: 'running' })
    await writer.setCommitStatus(project.id, pipeline.sha, {
      ...status,
      state: 'success',
      targetUrl: 'https://x.example/',
    })
    const found = await reader.commitStatuses(project.id, pipeline.sha, { pipeline: pipeline.id, name: 'pipewarden/x' })
    expect(found).toMatchObject([{ status: 'success', targetUrl: 'https://x.example/', pipeline: pipeline.id }])
  })

  it('traces and artifacts are read, from an object store without the token', async () => {
    const { reader } = gitlab
    const job = idOf('rspec')
    expect(await reader.trace(project.id, job, { tailBytes: 100 })).toBe('log\n')
    fake.behaviour.artifactsElsewhere = true
    expect(String(await reader.artifactFile(project.id, job, 'a/b.xml', { maxBytes: 100 }))).toBe('<a/>')
    for (const { headers } of fake.storageRequests) expect(JSON.stringify(headers)).not.toContain(token)
  })

  it('two commits are compared', async () => {
    const before = fake.push(project, { branch: 'pears', changes: { 'a.rb': '1\n' }, message: 'One\n' })
    const after = fake.push(project, { branch: 'pears', changes: { 'b.rb': '2\n' }, message: 'Two\n' })
    expect(await gitlab.reader.changedPaths(project.id, before.sha, after.sha)).toEqual(['b.rb'])
  })

  it('the roles of people are read', async () => {
    const stranger = fake.addUser({ username: 'otto' })
    const { reader } = gitlab
    expect(await reader.memberRole(project.id, mergeRequest.author.id)).toBe(30)
    expect(await reader.memberRole(project.id, stranger.id)).toBe(0)
  })

  it('labels are added and removed', async () => {
    const { writer } = gitlab
    await writer.updateLabels(project.id, mergeRequest.iid, { add: ['a', 'b'] })
    expect((await writer.updateLabels(project.id, mergeRequest.iid, { remove: ['a', 'c'] })).labels).toEqual(['b'])
  })

  it('a project that the token may not see is not found, and the message says what to do', async () => {
    const other = fake.addProject({ path: 'secret/garden' })
    const error = await failureOf(gitlab.reader.project(other.id))
    expect(error).toMatchObject({ kind: 'not_found' })
    expect(String(error)).toContain('GitLab hides private projects')
  })

  it('a right that is missing is named', async () => {
    const reporter = fake.addBot(project, 'reporter')
    const weak = gateway(fake.url, { token: reporter.token })
    const error = await failureOf(weak.writer.cancelPipeline(project.id, pipeline.id))
    expect(String(error)).toContain("403 Forbidden; the token's user needs the Developer role on the project")
    fake.revokeToken(reporter.token)
    expect(String(await failureOf(weak.reader.pipeline(project.id, pipeline.id)))).toContain(
      'wrong, expired or revoked',
    )
    await weak.close()
  })

  it('a write whose answer is lost is not sent twice', async () => {
    fake.failNext({ fault: 'after-apply', method: 'POST', path: /notes$/ })
    const error = await failureOf(gitlab.writer.createNote(project.id, mergeRequest.iid, 'once'))
    expect(error).toMatchObject({ kind: 'retryable', maybeApplied: true })
    const notes = await gitlab.reader.mergeRequestNotes(project.id, mergeRequest.iid)
    expect(notes.filter(({ body }) => body === 'once')).toHaveLength(1)
  })

  it.each(['rack-limit', 'endpoint-limit'] as const)('a %s is survived', async (fault) => {
    fake.failNext({ fault, retryAfter: 1, method: 'POST', path: /cancel$/ })
    expect((await gitlab.writer.cancelPipeline(project.id, pipeline.id)).id).toBe(pipeline.id)
  })

  it('an outage of reads is survived, and a silence ends at the deadline', async () => {
    fake.failNext({ fault: 'reset', method: 'GET' })
    fake.failNext({ fault: 502, method: 'GET', times: 2 })
    expect((await gitlab.reader.pipeline(project.id, pipeline.id)).id).toBe(pipeline.id)
    fake.failNext({ fault: 'timeout', method: 'GET' })
    const read = () => gitlab.reader.pipeline(project.id, pipeline.id)
    expect(await failureOf(withDeadline(200, read))).toMatchObject({ kind: 'retryable', status: null })
  })
})
