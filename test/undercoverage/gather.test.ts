import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { NotYetError } from '../../src/errors.ts'
import type { PipelineEvent } from '../../src/event.ts'
import type { Readers } from '../../src/readers.ts'
import { createArtifactReader } from '../../src/reports/artifacts/reader.ts'
import { nothingWaits, type WaitingStatus } from '../../src/store/waiting-statuses.ts'
import { ThreadError } from '../../src/threads/worker-thread.ts'
import { decide } from '../../workers/undercoverage/decide.ts'
import { sweepEvent } from '../../workers/undercoverage/events.ts'
import { gather } from '../../workers/undercoverage/gather.ts'
import { undercoverageOptions } from '../../workers/undercoverage/options.ts'
import { createCoverageWork } from '../../workers/undercoverage/reports/coverage-work.ts'
import type { CoverageWork } from '../../workers/undercoverage/reports/types.ts'
import { gateway } from '../gitlab/serve.ts'
import { configOf } from '../support/builders.ts'
import { type FakeGitLab, startFakeGitLab } from '../support/fake-gitlab/index.ts'
import type { JobSpec } from '../support/fake-gitlab/specs.ts'
import type { JobDetails } from '../support/fake-gitlab/story/jobs.ts'
import { artifacts, base, changed, covered, statusName, uncovered } from './stage.ts'

let gitlab: FakeGitLab
let connection: ReturnType<typeof gateway>
let clock: number

beforeEach(async () => {
  clock = Date.parse('2026-03-02T10:00:00Z')
  gitlab = await startFakeGitLab({ now: () => clock })
})

afterEach(async () => {
  await connection.close()
  await gitlab.close()
})

const stages = ['test', 'gate', 'report']

/** A pipeline of a merge request, and what the reaction sees and does of it. */
function stage(jobs: JobSpec[], config = '') {
  const author = gitlab.addUser({ username: 'imke' })
  const project = gitlab.addProject({ path: 'meadow/orchard', files: { 'lib/apple.rb': base } })
  gitlab.addMember(project, author, 'developer')
  const mergeRequest = gitlab.addMergeRequest(project, {
    sourceBranch: 'sweet-apples',
    author,
    changes: { 'lib/apple.rb': changed },
  })
  const pipeline = gitlab.addPipeline(project, { mergeRequest, jobs, stages, user: author })
  connection = gateway(gitlab.url, { token: gitlab.addBot(project).token })
  const { reader, writer } = connection
  const remembered: WaitingStatus[] = []
  let coverage = createCoverageWork()
  let failing: Awaited<ReturnType<Readers['tests']['failedIn']>> = null
  const read = {
    gitlab: reader,
    artifacts: createArtifactReader({ gitlab: reader }),
    get coverage() {
      return coverage
    },
    waiting: { ...nothingWaits, list: async () => remembered },
    tests: { failedIn: async () => failing },
    now: () => clock,
  } as unknown as Readers
  const about = { id: project.id, path: project.path, defaultBranch: 'main' }
  const options = undercoverageOptions(configOf(config))
  const swept = (id = pipeline.id) => sweepEvent(about, { pipeline: id, mergeRequest: mergeRequest.iid }, clock)
  const told = (): PipelineEvent => {
    const { asked: _, ...event } = swept()
    return { ...event, status: 'manual' }
  }
  const look = async (event: PipelineEvent = told()) => decide(await gather(event, read, [event], options))
  return {
    look,
    sweep: (id?: number) => look(swept(id)),
    remember: (name: string, since: number, id = pipeline.id) =>
      void remembered.push({ project: project.id, path: project.path, pipeline: id, mergeRequest: 6, name, since }),
    hold: (name: string) =>
      writer.setCommitStatus(project.id, pipeline.sha, {
        name,
        state: 'pending',
        description: '',
        pipeline: pipeline.id,
      }),
    failAgain(name: string, details: JobDetails) {
      const job = gitlab.retryJob(gitlab.job(pipeline, name), author)
      if (job.status !== 'running') gitlab.setJob(job, 'running')
      gitlab.finishJob(job, 'failed', details)
    },
    readBy(work: CoverageWork) {
      coverage = work
    },
    fails(tests: typeof failing) {
      failing = tests
    },
  }
}

const said = ({ actions }: ReturnType<typeof decide>): string[] =>
  actions.flatMap((action) => {
    if (action.type === 'set_commit_status') return `${action.name} ${action.state}: ${action.description}`
    return action.type === 'forget_status' ? `forget ${action.name}` : []
  })

describe('a coverage job behind one that a person would have to start', () => {
  const jobs: JobSpec[] = [
    { name: 'coverage', stage: 'test', status: 'success', artifacts: artifacts(uncovered) },
    { name: 'approve', stage: 'gate', when: 'manual', allowFailure: false },
    { name: 'late coverage', stage: 'report' },
  ]

  it('is waited for until nothing has moved for a while, and then the others are judged, also without a hold', async () => {
    const { look } = stage(jobs, 'undercoverage: {hold: false}')
    const early = await look().catch((error: unknown) => error)
    expect(early).toBeInstanceOf(NotYetError)
    clock += (early as NotYetError).delayMs
    expect(said(await look())).toEqual([expect.stringContaining(`${statusName} failed: 1 of 2 measured`)])
  })

  it('holds the merge request at once where that is wanted', async () => {
    const { look } = stage(jobs)
    expect(said(await look())).toEqual([expect.stringContaining(`${statusName} pending`)])
  })
})

describe('a coverage job that failed', () => {
  const failed = (trace = ''): JobSpec[] => [
    { name: 'coverage', status: 'failed', failureReason: 'script_failure', trace, artifacts: artifacts(uncovered) },
  ]
  const flaky = { name: 'it is sweet', message: 'too sour', knownFlaky: true }

  it('is not blamed for its lines while it may be retried for what its trace shows', async () => {
    const config = 'retry: {trace_patterns: [{name: registry down, match: /registry .* refused/}]}'
    const { look } = stage(failed('registry is busy: connection refused\n'), config)
    await expect(look()).rejects.toThrow('coverage may be retried')
    clock += 46_000
    expect(said(await look())).toEqual([expect.stringContaining(`${statusName} failed`)])
  })

  it('is not blamed while it may be retried for tests that are known to be flaky', async () => {
    const { look, fails } = stage(failed())
    fails([flaky])
    await expect(look()).rejects.toThrow('coverage may be retried')
  })

  it('is judged at once when its retry failed as well', async () => {
    const { look, fails, failAgain } = stage(failed())
    fails([flaky])
    failAgain('coverage', { artifacts: artifacts(uncovered), failureReason: 'script_failure' })
    expect(said(await look())).toEqual([expect.stringContaining(`${statusName} failed`)])
  })

  it('is judged at once when another test failed too', async () => {
    const { look, fails } = stage(failed())
    fails([flaky, { ...flaky, knownFlaky: false }])
    expect(said(await look())).toHaveLength(1)
  })
})

describe('reports that the thread dies of', () => {
  const jobs: JobSpec[] = [{ name: 'coverage', status: 'success', artifacts: artifacts(uncovered) }]
  const full = new ThreadError('out of memory', { cause: new Error('heap') })
  const dying = (alone: () => CoverageWork): CoverageWork => ({
    ...createCoverageWork(),
    reading: (changed) => ({ ...createCoverageWork().reading(changed), add: () => Promise.reject(full) }),
    alone: (use) => use(alone()),
  })

  it('get another try in a thread of their own, for others may be to blame', async () => {
    const { look, readBy } = stage(jobs)
    readBy(dying(createCoverageWork))
    expect(said(await look())).toEqual([expect.stringContaining('failed: 1 of 2 measured')])
  })

  it('are an error when they die of them alone', async () => {
    const { look, readBy } = stage(jobs)
    readBy(dying(() => dying(createCoverageWork)))
    const because = 'cannot be judged: reading the reports took too much: out of memory'
    expect(said(await look())).toEqual([`${statusName} success: ${because}`])
  })
})

describe('a sweep', () => {
  const running: JobSpec[] = [{ name: 'coverage', status: 'running' }]
  const longAgo = Date.parse('2026-03-02T09:00:00Z')

  it('lets the new name of a status hold the merge request, and lifts the old one', async () => {
    const { sweep, remember, hold } = stage(running, 'undercoverage: {status: orchard/coverage}')
    await hold(statusName)
    remember(statusName, longAgo)
    expect(said(await sweep())).toEqual([
      'orchard/coverage pending: waits for the coverage jobs of the pipeline',
      `${statusName} success: orchard/coverage takes its place`,
    ])
  })

  it('forgets an old name under which nothing waits any more', async () => {
    const { sweep, remember } = stage(running, 'undercoverage: {status: orchard/coverage, hold: false}')
    remember(statusName, longAgo)
    expect(said(await sweep())).toEqual([`forget ${statusName}`])
  })

  it('forgets a status that GitLab lost, but not one that is not shown yet', async () => {
    const { sweep, remember } = stage([{ name: 'rspec', status: 'running' }])
    remember(statusName, clock - 60_000)
    expect(said(await sweep())).toEqual([])
    clock += 600_000
    expect(said(await sweep())).toEqual([`forget ${statusName}`])
  })

  it('forgets what waited in a pipeline that was deleted', async () => {
    const { sweep, remember } = stage(running)
    remember(statusName, longAgo, 987_654)
    expect(await sweep(987_654)).toMatchObject({ because: 'GitLab has the pipeline no more' })
    expect(said(await sweep(987_654))).toEqual([`forget ${statusName}`])
  })

  it('leaves alone what waits as it should', async () => {
    const { sweep, remember, hold } = stage(running)
    await hold(statusName)
    remember(statusName, longAgo)
    expect(said(await sweep())).toEqual([expect.stringContaining(`${statusName} pending`)])
  })

  it('judges what ended meanwhile', async () => {
    const jobs: JobSpec[] = [{ name: 'coverage', status: 'success', artifacts: artifacts(covered) }]
    const { sweep, remember } = stage(jobs)
    remember(statusName, longAgo)
    expect(said(await sweep())).toEqual([expect.stringContaining(`${statusName} success: all 2`)])
  })
})
