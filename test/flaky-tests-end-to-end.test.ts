import { describe, expect, it } from 'vitest'
import { eventually } from './support/bot.ts'
import { useBots } from './support/bots.ts'
import type { JobSpec } from './support/fake-gitlab/specs.ts'
import type { MergeRequest, Pipeline } from './support/fake-gitlab/types.ts'
import { junit } from './support/junit.ts'
import { usePlace } from './support/place.ts'

const quick = 'fail_fast: {settle: 0s}'
const green = junit({ 'adds up': 'passed', 'is empty': 'passed' })
const red = junit({ 'adds up': 'expected 3, got 4', 'is empty': 'passed' })

const place = usePlace()
const bots = useBots(place, () => ({ config: quick }))

const openMergeRequest = (branch = 'ripe-apples'): MergeRequest =>
  place.gitlab.addMergeRequest(place.project, { sourceBranch: branch, author: place.author })
const start = (mergeRequest: MergeRequest, ...jobs: JobSpec[]): Pipeline =>
  place.gitlab.addPipeline(place.project, { mergeRequest, jobs })
const running = (name: string): JobSpec => ({ name, stage: 'test', status: 'running' })
const retries = () => place.gitlab.calls('POST', /\/jobs\/\d+\/retry$/)
const noteOf = ({ notes }: MergeRequest) => notes.at(-1)?.body ?? ''

/** Waits for so many decisions of flaky-tests about a pipeline, all of them performed; the newest first. */
const decided = (pipeline: Pipeline, count: number) => bots.decided({ pipeline: pipeline.id }, 'flaky-tests', count)

const end = (pipeline: Pipeline, name: string, status: 'success' | 'failed', report?: string, failureReason?: string) =>
  place.gitlab.finishJob(place.gitlab.job(pipeline, name), status, {
    ...(report ? { artifacts: { 'reports/junit.xml': report } } : {}),
    ...(failureReason ? { failureReason } : {}),
  })

const ask = (query = '', headers: Record<string, string> = {}, path = encodeURIComponent(place.project.path)) =>
  fetch(`${bots.url()}/api/v1/projects/${path}/flaky-tests${query}`, { headers })

const flakyList = async (query = '') => (await ask(query)).json() as Promise<{ tests: { name: string }[] }>

/** Fails and passes on one commit, by a retry of the author's. */
async function flakeOnce(branch: string, name = 'rspec'): Promise<MergeRequest> {
  const mergeRequest = openMergeRequest(branch)
  const pipeline = start(mergeRequest, running(name))
  end(pipeline, name, 'failed', red)
  await decided(pipeline, 2)
  place.gitlab.retryJob(place.gitlab.job(pipeline, name), place.author)
  end(pipeline, name, 'success', green)
  await decided(pipeline, 4)
  return mergeRequest
}

describe('a job that fails, is retried and passes', () => {
  it('is told apart from a real failure, and remembered', async () => {
    await bots.run()
    const mergeRequest = openMergeRequest()
    const pipeline = start(mergeRequest, running('rspec'), running('jest'))
    end(pipeline, 'rspec', 'failed', red)
    const [first] = await decided(pipeline, 1)
    expect(first?.because).toBe('nothing says that another try would help rspec; 1 test failed, 0 flaky, 1 passed')
    expect(noteOf(mergeRequest)).toContain('❌ 1 test failed')
    expect(noteOf(mergeRequest)).toContain('expected 3, got 4')
    place.gitlab.retryJob(place.gitlab.job(pipeline, 'rspec'), place.author)
    end(pipeline, 'rspec', 'success', green)
    await decided(pipeline, 2)
    expect(noteOf(mergeRequest)).not.toContain('❌')
    expect(noteOf(mergeRequest)).toContain('passed only on retry')
    expect(noteOf(mergeRequest)).toContain('1 flaky test that nobody knew before: new here')
    expect(noteOf(mergeRequest)).toContain('failed with `script_failure` and passed when it was retried')
    end(pipeline, 'jest', 'success', junit({ 'weighs apples': 'passed' }, 'Scale'))
    await decided(pipeline, 3)
    expect(mergeRequest.notes).toHaveLength(1)
    expect(mergeRequest.notes[0]?.author).toBe(place.botUser)
    expect(await flakyList()).toMatchObject({ project: 'meadow/orchard', tests: [{ job: 'rspec', name: 'adds up' }] })
  })
})

describe('a job that the infrastructure failed', () => {
  it('is retried once; a second failure is final', async () => {
    await bots.run()
    const mergeRequest = openMergeRequest()
    const pipeline = start(mergeRequest, running('rspec'))
    end(pipeline, 'rspec', 'failed', undefined, 'runner_system_failure')
    await eventually(retries, (calls) => calls.length === 1)
    await decided(pipeline, 2)
    expect(noteOf(mergeRequest)).toContain('is being retried')
    end(pipeline, 'rspec', 'failed', undefined, 'runner_system_failure')
    const found = await decided(pipeline, 4)
    expect(found.map(({ because }) => because).join('\n')).toContain('rspec failed 2 times: that is final')
    expect(retries()).toHaveLength(1)
    expect(noteOf(mergeRequest)).toContain('failed again when it was retried')
  })
})

describe('the list of flaky tests', () => {
  it('is there as JSON and as text, and says when it has not changed', async () => {
    await bots.run()
    const mergeRequest = await flakeOnce('apples')
    expect(await (await ask('?format=text')).text()).toBe('adds up\n')
    expect(await (await ask('?format=text', {}, place.project.path)).text()).toBe('adds up\n')
    const etag = (await ask()).headers.get('etag') ?? ''
    const again = await ask('', { 'if-none-match': etag })
    expect([again.status, await again.text()]).toEqual([304, ''])
    expect((await ask('?format=text', { 'if-none-match': etag })).status).toBe(200)
    const query = `?format=text&merge_request=${mergeRequest.iid}`
    expect(await (await ask(query)).text()).toBe('adds up\n')
    place.gitlab.setLabels(mergeRequest, ['pipeline:run-flaky-tests'], place.author)
    expect(await (await ask(query)).text()).toBe('')
  })

  it('is read by a running job of the project, and by nobody else from elsewhere', async () => {
    await bots.run()
    const mergeRequest = await flakeOnce('apples')
    const pipeline = start(mergeRequest, running('lint'))
    const jobToken = place.gitlab.job(pipeline, 'lint').token
    const other = place.gitlab.addProject({ path: 'meadow/press' })
    const strange = place.gitlab.addPipeline(other, { jobs: [running('squeeze')] })
    const statuses = async (...headers: Record<string, string>[]) =>
      Promise.all(headers.map(async (header) => (await ask('', header)).status))
    expect(
      await statuses(
        { 'job-token': jobToken },
        { 'job-token': 'glcbt-of-nobody' },
        { 'job-token': place.gitlab.job(strange, 'squeeze').token },
      ),
    ).toEqual([200, 401, 404])
    await ask('', { 'job-token': jobToken })
    expect(place.gitlab.calls('GET', /^\/job$/)).toHaveLength(3)
    expect((await ask('?format=xml')).status).toBe(400)
    expect((await ask('', {}, 'meadow%2Fnowhere')).status).toBe(404)
  })
})

describe('a job that fails', () => {
  it('is never retried when it deploys', async () => {
    await bots.run()
    const pipeline = start(openMergeRequest(), running('deploy review'))
    end(pipeline, 'deploy review', 'failed', undefined, 'runner_system_failure')
    const found = await decided(pipeline, 2)
    expect(found.map(({ because }) => because)).toContain('deploy review is never retried')
    expect(retries()).toHaveLength(0)
  })

  it('is retried when its trace shows a pattern', async () => {
    await bots.run({
      config: `${quick}\nretry: {trace_patterns: [{name: registry down, match: /registry .* refused/}]}`,
    })
    const pipeline = start(openMergeRequest(), running('rspec'))
    place.gitlab.finishJob(place.gitlab.job(pipeline, 'rspec'), 'failed', {
      trace: 'pulling\nregistry said: connection refused\n',
    })
    await eventually(retries, (calls) => calls.length === 1)
    const found = await decided(pipeline, 1)
    expect(found.map(({ because }) => because).join()).toContain('its trace shows "registry down"')
  })

  it('is retried when all that failed in it is known to be flaky, and not when something else failed too', async () => {
    await bots.run()
    await flakeOnce('apples')
    const known = start(openMergeRequest('pears'), running('rspec'))
    end(known, 'rspec', 'failed', red)
    await eventually(retries, (calls) => calls.length === 1)
    end(known, 'rspec', 'success', green)
    await decided(known, 4)
    expect(noteOf(place.project.mergeRequests[1] as MergeRequest)).toMatch(/1 flaky test known from elsewhere/)
    expect(noteOf(place.project.mergeRequests[1] as MergeRequest)).toMatch(
      /failed 1 of 1 runs, last on merge request 17/,
    )
    const mixed = start(openMergeRequest('plums'), running('rspec'))
    end(mixed, 'rspec', 'failed', junit({ 'adds up': 'expected 3, got 4', 'is empty': 'expected 0' }))
    const found = await decided(mixed, 2)
    expect(found.map(({ because }) => because).join()).toContain('nothing says that another try would help rspec')
    expect(retries()).toHaveLength(1)
  })

  it('with flaky tests alone stops the pipeline only at its second failure, when it is the fail-fast job', async () => {
    await bots.run()
    await flakeOnce('apples', 'rspec fail-fast')
    const pipeline = start(openMergeRequest('pears'), running('rspec fail-fast'), running('jest'))
    end(pipeline, 'rspec fail-fast', 'failed', red)
    await eventually(
      () => pipeline.jobs.filter(({ name }) => name === 'rspec fail-fast'),
      (attempts) => attempts.length === 2,
    )
    await decided(pipeline, 1)
    expect(place.gitlab.job(pipeline, 'jest').status).toBe('running')
    end(pipeline, 'rspec fail-fast', 'failed', red)
    await eventually(
      () => pipeline.status,
      (status) => status === 'failed',
    )
    expect(place.gitlab.job(pipeline, 'jest').status).toBe('canceled')
    expect(pipeline.jobs.filter(({ name }) => name === 'rspec fail-fast')).toHaveLength(2)
  })

  it('is not retried for a test that is broken, however flaky it was', async () => {
    await bots.run()
    await flakeOnce('apples')
    for (let round = 0; round < 3; round += 1) {
      const pipeline = place.gitlab.addPipeline(place.project, { jobs: [running('rspec')] })
      end(pipeline, 'rspec', 'failed', red)
      await decided(pipeline, 2)
      place.gitlab.retryJob(place.gitlab.job(pipeline, 'rspec'), place.author)
      end(pipeline, 'rspec', 'failed', red)
      await decided(pipeline, 4)
    }
    expect(await flakyList()).toMatchObject({ tests: [] })
    const mergeRequest = openMergeRequest('pears')
    const before = retries().length
    const pipeline = start(mergeRequest, running('rspec'))
    end(pipeline, 'rspec', 'failed', red)
    await decided(pipeline, 2)
    expect(retries()).toHaveLength(before)
    expect(noteOf(mergeRequest)).toContain('broken: its last 3 runs on the default branch failed')
  })

  it('is not retried any more once five retries of such a failure have helped nobody', async () => {
    await bots.run()
    const fail = (pipeline: Pipeline) => end(pipeline, 'rspec', 'failed', undefined, 'runner_system_failure')
    for (let round = 1; round <= 5; round += 1) {
      const pipeline = start(openMergeRequest(`apples-${round}`), running('rspec'))
      fail(pipeline)
      await eventually(retries, (calls) => calls.length === round)
      await decided(pipeline, 2)
      fail(pipeline)
      await decided(pipeline, 4)
    }
    const mergeRequest = openMergeRequest('pears')
    const pipeline = start(mergeRequest, running('rspec'))
    fail(pipeline)
    const found = await decided(pipeline, 2)
    const because = 'rspec is not retried: 5 retries of such a failure have never helped'
    expect(found.map((decision) => decision.because)).toContain(because)
    expect(retries()).toHaveLength(5)
    expect(noteOf(mergeRequest)).toContain('5 retries of such a failure have never helped')
  }, 60_000)

  it('in a pipeline that was stopped is left alone', async () => {
    await bots.run()
    const pipeline = start(openMergeRequest(), running('rspec'), running('jest'))
    place.gitlab.setJob(place.gitlab.job(pipeline, 'jest'), 'canceled')
    end(pipeline, 'rspec', 'failed', undefined, 'runner_system_failure')
    const found = await decided(pipeline, 2)
    expect(found.map(({ because }) => because).join()).toContain('jobs of the pipeline were cancelled')
    expect(retries()).toHaveLength(0)
  })

  it('on a protected branch names the right that is missing for a retry', async () => {
    place.gitlab.addMember(place.project, place.botUser, 'developer')
    await bots.run()
    const pipeline = place.gitlab.addPipeline(place.project, { jobs: [running('rspec')] })
    end(pipeline, 'rspec', 'failed', undefined, 'runner_system_failure')
    const found = await decided(pipeline, 2)
    const refused = found.flatMap(({ actions }) => actions).find(({ type }) => type === 'retry_job')
    expect(refused?.outcome).toMatchObject({ result: 'refused' })
    expect(refused?.outcome?.detail).toMatch(/merge or push rights on the branch if it is protected/)
  })
})

describe('reports that are not as they should be', () => {
  const bomb = `<!DOCTYPE x [<!ENTITY a "boom">${Array.from({ length: 20 }, (_, index) => `<!ENTITY b${index} "${`&${index === 0 ? 'a' : `b${index - 1}`};`.repeat(10)}">`).join('')}]><testsuite name="s"><testcase name="t"><failure message="&b19;"/></testcase></testsuite>`

  it('are harmless, and said not to be readable', async () => {
    await bots.run()
    const mergeRequest = openMergeRequest()
    const pipeline = start(mergeRequest, running('rspec'))
    const huge = Buffer.alloc(150 * 1024 * 1024, '<testsuite name="x"></testsuite>')
    place.gitlab.finishJob(place.gitlab.job(pipeline, 'rspec'), 'failed', {
      artifacts: {
        'a/junit-cut.xml': red.slice(0, -60),
        'b/junit-bomb.xml': bomb,
        'c/junit-text.xml': 'no XML at all',
        'd/junit-empty.xml': '',
        'e/junit-huge.xml': huge,
        'f/junit.xml': red,
      },
    })
    await eventually(
      () => noteOf(mergeRequest),
      (note) => note.includes('that could not be seen'),
      30_000,
    )
    const note = noteOf(mergeRequest)
    expect(note).toContain('expected 3, got 4')
    expect(note).not.toContain('boomboom')
    for (const file of ['junit-cut', 'junit-text', 'junit-huge']) expect(note).toContain(file)
    expect((await fetch(`${bots.url()}/healthz`)).ok).toBe(true)
  }, 60_000)

  it('that have expired are said to have, and nothing is guessed', async () => {
    await bots.run()
    const mergeRequest = openMergeRequest()
    const pipeline = start(mergeRequest, {
      ...running('rspec'),
      artifacts: { 'junit.xml': red },
      artifactsExpired: true,
    })
    place.gitlab.finishJob(place.gitlab.job(pipeline, 'rspec'), 'failed')
    await decided(pipeline, 2)
    expect(noteOf(mergeRequest)).toContain('the artifacts expired at')
    expect(noteOf(mergeRequest)).not.toContain('❌')
  })
})

describe('without artifacts', () => {
  const told = (status: 'failed' | 'success', name = 'adds up') => ({
    testReport: [{ name, classname: 'Basket', status, ...(status === 'failed' && { output: 'expected 3, got 4' }) }],
  })

  it("GitLab's own report is read, attempt by attempt, and of what it has kept for too long nothing is believed", async () => {
    await bots.run()
    const mergeRequest = openMergeRequest()
    const pipeline = start(mergeRequest, running('rspec'), running('jest'))
    place.gitlab.finishJob(place.gitlab.job(pipeline, 'rspec'), 'failed', told('failed'))
    await decided(pipeline, 1)
    expect(noteOf(mergeRequest)).toContain('Basket adds up')
    place.gitlab.finishJob(
      place.gitlab.retryJob(place.gitlab.job(pipeline, 'rspec'), place.author),
      'success',
      told('success'),
    )
    // The pipeline is over, so that the report is a new one.
    place.gitlab.finishJob(place.gitlab.job(pipeline, 'jest'), 'success', told('success'))
    await eventually(
      () => noteOf(mergeRequest),
      (note) => note.includes('passed only on retry'),
    )
    expect(noteOf(mergeRequest)).not.toMatch(/❌|shows the last attempt alone/)
  })

  it('all of parallel jobs that failed one after the other are told', async () => {
    place.gitlab.behaviour.testReportCache = 0
    await bots.run()
    const mergeRequest = openMergeRequest()
    const pipeline = start(mergeRequest, running('rspec 1/2'), running('rspec 2/2'))
    place.gitlab.finishJob(place.gitlab.job(pipeline, 'rspec 1/2'), 'failed', told('failed'))
    await decided(pipeline, 1)
    place.gitlab.finishJob(place.gitlab.job(pipeline, 'rspec 2/2'), 'failed', told('failed', 'is empty'))
    await decided(pipeline, 3)
    expect(noteOf(mergeRequest)).toContain('❌ 2 tests failed')
  })
})

describe('two pipelines of one commit', () => {
  it('are evidence for each other, whichever of them failed, and two commits are not', async () => {
    await bots.run()
    const mergeRequest = openMergeRequest()
    for (const [round, report] of [red, green].entries()) {
      const pipeline = start(mergeRequest, running('rspec'))
      end(pipeline, 'rspec', report === red ? 'failed' : 'success', report)
      await decided(pipeline, round === 0 ? 2 : 1)
    }
    expect(noteOf(mergeRequest)).toContain('failed and passed in pipelines of one commit')
    const other = openMergeRequest('pears')
    const before = start(other, running('jest'))
    end(before, 'jest', 'failed', red)
    await decided(before, 2)
    place.gitlab.push(place.project, { branch: 'pears', changes: { 'a.rb': '1\n' }, message: 'Mend it\n' })
    const mended = start(other, running('jest'))
    end(mended, 'jest', 'success', green)
    await decided(mended, 1)
    expect(noteOf(other)).not.toMatch(/flaky|❌/)
    expect(await flakyList()).toMatchObject({ tests: [{ job: 'rspec', name: 'adds up' }] })
  })
})

describe('two hooks', () => {
  it('that tell of one failure cause one retry, one note and one record', async () => {
    await bots.run()
    place.gitlab.addHook(place.project, { ...bots.hookOf({ url: bots.url() }), name: 'of the group' })
    const mergeRequest = openMergeRequest()
    const pipeline = start(mergeRequest, running('rspec'))
    end(pipeline, 'rspec', 'failed', red, 'runner_system_failure')
    await eventually(retries, (calls) => calls.length === 1)
    end(pipeline, 'rspec', 'success', green)
    await decided(pipeline, 4)
    expect(retries()).toHaveLength(1)
    expect(mergeRequest.notes).toHaveLength(1)
    expect(await flakyList()).toMatchObject({ tests: [{ name: 'adds up', failures: 1 }] })
  })
})

describe('a dry run', () => {
  it('writes nothing to GitLab, and remembers what it saw', async () => {
    await bots.run({ config: `dry_run: true\n${quick}\nflaky_tests: {issues: {enabled: true}}` })
    await flakeOnce('apples')
    const mergeRequest = openMergeRequest('pears')
    const pipeline = start(mergeRequest, running('rspec'))
    end(pipeline, 'rspec', 'failed', red)
    const found = await decided(pipeline, 2)
    const retry = found.flatMap(({ actions }) => actions).find(({ type }) => type === 'retry_job')
    expect(retry?.outcome).toMatchObject({ result: 'dry run' })
    expect(place.gitlab.requests.filter(({ method }) => method !== 'GET')).toEqual([])
    expect(await flakyList()).toMatchObject({ tests: [{ name: 'adds up' }] })
  })
})

describe('issues', () => {
  const config = `${quick}\nflaky_tests: {issues: {enabled: true, at_most: 2}}`
  const ended = (pipeline: Pipeline, count: number) => decided(pipeline, count)

  async function flake(branch: string, before: string, after: string): Promise<Pipeline> {
    const pipeline = start(openMergeRequest(branch), running('rspec'))
    end(pipeline, 'rspec', 'failed', before)
    await ended(pipeline, 2)
    // The bot itself retries what it knows to be flaky.
    if (place.gitlab.job(pipeline, 'rspec').status === 'failed')
      place.gitlab.retryJob(place.gitlab.job(pipeline, 'rspec'), place.author)
    end(pipeline, 'rspec', 'success', after)
    await ended(pipeline, 4)
    return pipeline
  }

  it('are opened for flaky tests, at most so many at once, edited, and opened again', async () => {
    await bots.run({ config })
    const names = ['weighs @all', 'counts', 'peels']
    const report = (outcome: string) =>
      junit(
        Object.fromEntries(
          names.map((name, at) => [name, outcome === 'passed' ? 'passed' : `${name} ${'abc'[at]} broke`]),
        ),
      )
    await flake('apples', report('failed'), report('passed'))
    expect(place.project.issues.map(({ state }) => state)).toEqual(['opened', 'opened'])
    expect(place.project.issues.map(({ labels }) => labels.map(({ name }) => name))).toEqual([
      ['flaky-test'],
      ['flaky-test'],
    ])
    expect(place.project.issues.map(({ title }) => title).join()).not.toContain('@')
    const [first] = place.project.issues
    if (first) first.state = 'closed'
    await flake('pears', report('failed'), report('passed'))
    expect(place.project.issues.map(({ state }) => state)).toEqual(['opened', 'opened', 'opened'])
    expect(first?.description).toContain('failed 1 of 1 runs, last on merge request 17')
  })

  it('are one for ten tests with the same exception', async () => {
    await bots.run({ config })
    const report = (outcome: string) =>
      junit(Object.fromEntries(Array.from({ length: 12 }, (_, index) => [`test ${index}`, outcome])))
    await flake('apples', report('connection to 10.0.0.7 refused'), report('passed'))
    expect(place.project.issues.map(({ title }) => title)).toEqual([
      'Flaky tests with one cause: connection to 10.0.0.7 refused',
    ])
  })

  it('are closed when the test has behaved for long enough', async () => {
    const closing = `${quick}\nflaky_tests: {recovers_after: {or: 1s}, issues: {enabled: true, close_after: 1s}}`
    await bots.run({ config: closing })
    await flake('apples', red, green)
    expect(place.project.issues.map(({ state }) => state)).toEqual(['opened'])
    await new Promise((resolve) => setTimeout(resolve, 2_100))
    await bots.close()
    await bots.run({ config: closing })
    await eventually(
      () => place.project.issues.map(({ state }) => state),
      ([state]) => state === 'closed',
    )
    expect(place.project.issues[0]?.description).toContain('Test: `Basket adds up`')
  })
})
