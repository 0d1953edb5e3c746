import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { NotYetError } from '../../src/errors.ts'
import type { JobEvent } from '../../src/event.ts'
import type { Readers } from '../../src/readers.ts'
import { createArtifactReader } from '../../src/reports/artifacts/reader.ts'
import type { SavedDecision } from '../../src/store/decisions.ts'
import { decideMended } from '../../workers/fail-fast/decide-mended.ts'
import { gather as gatherFailFast } from '../../workers/fail-fast/gather.ts'
import { gatherMended } from '../../workers/fail-fast/gather-mended.ts'
import { failFastOptions } from '../../workers/fail-fast/options.ts'
import { spokenAgainst } from '../../workers/fail-fast/rules.ts'
import { decide as decideRetry } from '../../workers/flaky-tests/decide.ts'
import { gather as gatherRetry } from '../../workers/flaky-tests/gather.ts'
import { flakyTests } from '../../workers/flaky-tests/index.ts'
import { flakyTestsOptions } from '../../workers/flaky-tests/options.ts'
import { createTestReaders } from '../../workers/flaky-tests/results/create.ts'
import { TestThread } from '../../workers/flaky-tests/results/test-thread.ts'
import { sweepEvent } from '../../workers/flaky-tests/sweep.ts'
import { gateway } from '../gitlab/serve.ts'
import { configOf, failFastFacts, jobEvent } from '../support/builders.ts'
import { type FakeGitLab, startFakeGitLab } from '../support/fake-gitlab/index.ts'

const yaml = `
conditions: {nightly: {source: schedule, ref: topic, variables: {NIGHTLY: "yes-*"}}}
fail_fast: {pipelines: [nightly]}
retry: {trace_patterns: [{name: registry down, match: /registry .* refused/}]}
`

let fake: FakeGitLab
let gitlab: ReturnType<typeof gateway>

beforeEach(async () => {
  fake = await startFakeGitLab()
})

afterEach(async () => {
  await gitlab.close()
  await fake.close()
})

/** A nightly pipeline in which `quick` failed with this trace while another job runs. */
const failing = (trace: string, variables = [{ key: 'NIGHTLY', value: 'yes-secret' }]) => {
  fake.addUser({ username: 'imke' })
  const project = fake.addProject({ path: 'meadow/orchard' })
  const pipeline = fake.addPipeline(project, {
    ref: 'topic',
    source: 'schedule',
    variables,
    jobs: [
      { name: 'quick', status: 'failed', failureReason: 'script_failure', trace },
      { name: 'slow', status: 'running' },
    ],
  })
  gitlab = gateway(fake.url, { token: fake.addBot(project).token })
  const event = jobEvent({
    project: { id: project.id, path: project.path, defaultBranch: 'main' },
    pipeline: pipeline.id,
    job: fake.job(pipeline, 'quick').id,
    name: 'quick',
    ref: 'topic',
    mergeRequest: null,
  })
  const read: Pick<Readers, 'gitlab' | 'tests' | 'results' | 'history' | 'durations' | 'now'> = {
    gitlab: gitlab.reader,
    ...createTestReaders({
      gitlab: gitlab.reader,
      artifacts: createArtifactReader({ gitlab: gitlab.reader }),
      thread: new TestThread(),
      redis: null,
      now: () => Date.parse('2026-03-02T09:05:00Z'),
    }),
    durations: { typical: async () => new Map() },
  }
  return { event, read: read as Readers }
}

describe('a failed job whose trace shows a pattern', () => {
  const trace = 'pull\n\u001b[31mregistry is busy: connection refused\u001b[0m\n'

  it('is retried, so that its pipeline is not stopped', async () => {
    const { event, read } = failing(trace)
    const config = configOf(yaml)
    const facts = await gatherFailFast(event, read, failFastOptions(config))
    expect(spokenAgainst(facts)).toBe('quick is retried first: its trace shows "registry down"')
    expect(flakyTests(() => config).when(event)).toBe(true)
    const decision = decideRetry(await gatherRetry(event, read, flakyTestsOptions(config)))
    expect(decision).toMatchObject({
      because: 'quick gets another try: its trace shows "registry down"',
      actions: [{ type: 'retry_job', job: event.job }],
    })
  })

  it('is final when no pattern is configured', async () => {
    const { event, read } = failing(trace)
    const config = configOf()
    expect(flakyTests(() => config).when(event)).toBe(true)
    expect(decideRetry(await gatherRetry(event, read, flakyTestsOptions(config))).actions).toEqual([])
    expect(fake.requests.filter(({ path }) => path.endsWith('/trace'))).toEqual([])
  })
})

describe('a failure that GitLab told of but does not show yet', () => {
  const behind = [
    { shows: 'an older attempt alone', change: (job: number) => ({ job: job + 1 }) },
    { shows: 'no such job', change: (job: number) => ({ job: job + 1, name: 'quickest' }) },
    { shows: 'the job at work', change: (job: number) => ({ job: job + 1, name: 'slow' }) },
  ]

  it.each(behind)('is waited for while it shows $shows', async ({ change }) => {
    const { event, read } = failing('no disk')
    const options = failFastOptions(configOf())
    const told = { ...event, ...change(event.job), at: read.now() - 20_000 }
    await expect(gatherFailFast(told, read, options)).rejects.toThrow(NotYetError)
    await expect(gatherRetry(told, read, flakyTestsOptions(configOf()))).rejects.toThrow(NotYetError)
  })

  it('is waited for while it shows a pipeline at work that is over', async () => {
    const { event, read } = failing('no disk')
    const { asked: _, ...ended } = sweepEvent(event.project, 0)
    const told = { ...ended, project: event.project, pipeline: event.pipeline, status: 'failed', ref: 'topic' } as const
    const jobs = await read.gitlab.pipelineJobs(event.project.id, event.pipeline)
    const newest = Math.max(...jobs.map(({ id }) => id))
    const gather = (at: number, newestJob = newest) =>
      gatherRetry({ ...told, at, newestJob }, read, flakyTestsOptions(configOf()))
    await expect(gather(read.now() - 20_000)).rejects.toThrow(NotYetError)
    expect((await gather(read.now() - 31_000)).pipeline.status).toBe('running')
    // A job was retried since, so that it is at work again.
    expect((await gather(read.now() - 20_000, newest - 1)).pipeline.status).toBe('running')
  })

  it.each(behind)('is given up half a minute after it while it shows $shows', async ({ change }) => {
    const { event, read } = failing('no disk')
    const told = { ...event, ...change(event.job), at: read.now() - 31_000 }
    const facts = await gatherFailFast(told, read, failFastOptions(configOf()))
    expect(spokenAgainst(facts)).toMatch(/^GitLab does not list the job|^slow is running by now$/)
    const retry = decideRetry(await gatherRetry(told, read, flakyTestsOptions(configOf())))
    expect(retry.actions).toEqual([])
  })
})

describe('a job that passed after its pipeline was stopped', () => {
  const jobs = [
    { name: 'rspec fail-fast 1/2', status: 'success' as const },
    { name: 'rspec fail-fast 2/2', status: 'success' as const },
    { name: 'rspec fail-fast 3/3', status: 'running' as const },
  ]

  /** Merge request !6 was stopped because of the first job, of which the job's own event told nothing. */
  const stopped = () => {
    fake.addUser({ username: 'imke' })
    const project = fake.addProject({ path: 'meadow/orchard' })
    const pipeline = fake.addPipeline(project, { jobs })
    gitlab = gateway(fake.url, { token: fake.addBot(project).token })
    const about = { project: { id: project.id, path: project.path, defaultBranch: 'main' }, pipeline: pipeline.id }
    const passed = (name: string, id = fake.job(pipeline, name).id) =>
      jobEvent({ ...about, job: id, name, status: 'success', retries: 1, mergeRequest: null })
    const mark = { status: 'pipewarden/fail-fast', description: 'it failed' }
    const stop: SavedDecision = {
      reaction: 'fail-fast',
      fact: 'fail-fast/1/1/failed',
      event: jobEvent({ ...about, name: 'rspec fail-fast 1/2', mergeRequest: null }),
      at: 0,
      facts: failFastFacts(),
      because: 'it failed',
      actions: [
        { type: 'ensure_pipeline_failed', project: project.id, pipeline: pipeline.id, sha: pipeline.sha, ...mark },
      ],
      outcomes: [],
      finished: true,
    }
    const decisions: Readers['decisions'] = { ofMergeRequest: async () => [stop], find: async () => [stop] }
    const gather = (event: JobEvent, now = event.at) => {
      const read: Pick<Readers, 'gitlab' | 'decisions' | 'now'> = { gitlab: gitlab.reader, decisions, now: () => now }
      return gatherMended(event, read as Readers, failFastOptions(configOf()))
    }
    return { passed, gather }
  }

  it.each([
    { shows: 'the job at work', of: (job: number) => job, name: 'rspec fail-fast 3/3' },
    { shows: 'an older attempt', of: (job: number) => job + 100, name: 'rspec fail-fast 1/2' },
  ])('is waited for half a minute while GitLab shows $shows', async ({ of, name }) => {
    const { passed, gather } = stopped()
    const event = passed(name, of(passed(name).job))
    await expect(gather(event, event.at + 29_000)).rejects.toThrow(NotYetError)
    expect((await gather(event, event.at + 31_000)).passed?.name).toBe('rspec fail-fast 1/2')
  })

  it('ends it as the last of those that had failed, and names the one that it was stopped for', async () => {
    const { passed, gather } = stopped()
    const facts = await gather(passed('rspec fail-fast 2/2'))
    expect(facts).toMatchObject({ mergeRequest: 6, failing: [], passed: { name: 'rspec fail-fast 1/2' } })
    expect(decideMended(facts).actions).toMatchObject([{ type: 'write_note', mergeRequest: 6 }])
  })
})

describe('a condition about variables', () => {
  it('holds by what they are, which is not kept', async () => {
    const { event, read } = failing('no disk')
    const facts = await gatherFailFast(event, read, failFastOptions(configOf(yaml)))
    expect(facts.traits?.variables).toEqual({ NIGHTLY: ['yes-*'] })
    expect(spokenAgainst(facts)).toBeNull()
    expect(JSON.stringify(facts) + gitlab.logged()).not.toContain('secret')
  })

  it('does not hold for others', async () => {
    const { event, read } = failing('no disk', [{ key: 'NIGHTLY', value: 'no-secret' }])
    const facts = await gatherFailFast(event, read, failFastOptions(configOf(yaml)))
    expect(spokenAgainst(facts)).toContain('nightly: its variable NIGHTLY does not fit')
    expect(JSON.stringify(facts)).not.toContain('secret')
  })
})
