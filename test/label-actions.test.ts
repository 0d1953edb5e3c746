import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Running } from '../src/index.ts'
import { type BotOptions, eventually, startBot, startTestRedis, type TestRedis, webhookSecret } from './support/bot.ts'
import { type FakeGitLab, startFakeGitLab } from './support/fake-gitlab/index.ts'
import type { JobSpec } from './support/fake-gitlab/specs.ts'
import type { MergeRequest, Project, User } from './support/fake-gitlab/types.ts'

const rspec = 'pipeline:run-all-rspec'
const jest = 'pipeline:run-all-jest'
const database = 'pipeline:run-single-db'

const both = { receiver: true, worker: true }
const quiet = 'fail_fast: {enabled: false}\ndebounce: 0s\n'

describe('labels and approvals', () => {
  let gitlab: FakeGitLab
  let redis: TestRedis
  let bots: Running[] = []
  let project: Project
  let author: User
  let botUser: User
  let token: string

  beforeEach(async () => {
    redis = await startTestRedis()
    gitlab = await startFakeGitLab()
    author = gitlab.addUser({ username: 'imke' })
    project = gitlab.addProject({ path: 'meadow/orchard' })
    gitlab.addMember(project, author, 'developer')
    const added = gitlab.addBot(project)
    botUser = added.user
    token = added.token
  })

  afterEach(async () => {
    await Promise.all(bots.map((bot) => bot.close()))
    bots = []
    const { problems, quickActions } = gitlab
    await gitlab.close()
    await redis.stop()
    expect(problems).toEqual([])
    expect(quickActions).toEqual([])
  })

  async function start(options: Partial<BotOptions> = {}): Promise<Running> {
    const bot = await startBot({ gitlab, token, redis, config: quiet, ...options })
    bots.push(bot)
    await eventually(
      () => fetch(`${bot.url}/readyz`),
      (response) => response.ok || options.roles?.worker === false,
    )
    return bot
  }

  async function run(config = quiet): Promise<Running> {
    const bot = await start({ config })
    gitlab.addHook(project, { url: `${bot.url}/webhooks/gitlab`, token: webhookSecret })
    return bot
  }

  const code = { 'apples.rb': 'Apple.new' }

  const open = (labels: string[] = []): MergeRequest =>
    gitlab.addMergeRequest(project, { sourceBranch: 'ripe-apples', author, labels, changes: code })

  const starts = () => gitlab.calls('POST', /\/merge_requests\/\d+\/pipelines$/)
  const settle = (milliseconds = 400) => new Promise((resolve) => setTimeout(resolve, milliseconds))

  type Decision = { reaction: string; because: string; outcome: string; actions: { type: string; outcome: unknown }[] }

  async function decisions(mergeRequest: MergeRequest): Promise<Decision[]> {
    const url = `${bots.at(-1)?.url}/api/v1/decisions?project=${project.id}&merge_request=${mergeRequest.iid}`
    return ((await (await fetch(url)).json()) as Decision[]).filter(({ reaction }) => reaction === 'label-actions')
  }

  /** The newest decision, once there are so many and all of them are done. */
  const decided = async (mergeRequest: MergeRequest, count = 1): Promise<Decision> => {
    const all = await eventually(
      () => decisions(mergeRequest),
      (found) => found.length >= count && found.every(({ outcome }) => outcome !== 'being performed'),
    )
    const [newest] = all
    if (!newest) throw new Error('nothing was decided')
    return newest
  }

  describe('a label', () => {
    it('starts one pipeline of the merge request', async () => {
      const mergeRequest = open()
      await run()
      gitlab.setLabels(mergeRequest, [rspec], author)
      const { because } = await decided(mergeRequest)
      expect(because).toBe(`${rspec} was set by imke: a new pipeline is started`)
      expect(starts()).toHaveLength(1)
      expect(project.pipelines).toHaveLength(1)
      expect(mergeRequest.notes).toEqual([])
    })

    it('that only contains a configured one, or is another, starts nothing', async () => {
      const mergeRequest = open()
      await run()
      gitlab.setLabels(mergeRequest, [`${rspec}-later`, 'backend'], author)
      await decided(mergeRequest)
      expect(starts()).toHaveLength(0)
    })

    it('and two more, in three deliveries to two receivers, start one pipeline by one of two workers', async () => {
      const mergeRequest = open()
      const config = 'debounce: 1s'
      const [first, second] = [
        await start({ config, roles: { receiver: true, worker: false } }),
        await start({ config, roles: { receiver: true, worker: false } }),
      ]
      await start({ config, roles: { receiver: false, worker: true } })
      await start({ config, roles: { receiver: false, worker: true } })
      const hooks = [first, second, first].map((bot) => ({
        url: `${bot.url}/webhooks/gitlab`,
        token: webhookSecret,
      }))
      const labels = [rspec, jest, database]
      for (const [index, hook] of hooks.entries()) {
        project.hooks.length = 0
        gitlab.addHook(project, hook)
        gitlab.setLabels(mergeRequest, labels.slice(0, index + 1), author)
        await gitlab.settled()
        await settle(600)
      }
      const { because } = await decided(mergeRequest)
      for (const label of labels) expect(because).toContain(`${label} was set by imke`)
      await settle(1_500)
      expect(starts()).toHaveLength(1)
      expect(await decisions(mergeRequest)).toHaveLength(1)
    })

    it('that is set while a task runs is seen by a next one', async () => {
      const mergeRequest = open()
      await run()
      gitlab.behaviour.latency = 300
      gitlab.setLabels(mergeRequest, [rspec], author)
      await eventually(starts, (calls) => calls.length === 1)
      gitlab.setLabels(mergeRequest, [rspec, jest], author)
      gitlab.behaviour.latency = 0
      // The first pipeline is made after the second label was set, so it has both.
      const { because } = await decided(mergeRequest, 2)
      expect(because).toContain(`${jest} was set by imke: pipeline`)
      expect(because).toContain('began after that, so no other is started')
      expect(starts()).toHaveLength(1)
    })

    it('followed at once by another label is not lost with the task that it made', async () => {
      const mergeRequest = open()
      await run('debounce: 1s')
      gitlab.setLabels(mergeRequest, [rspec], author)
      await settle(100)
      gitlab.setLabels(mergeRequest, [rspec, 'backend'], author)
      await decided(mergeRequest)
      expect(starts()).toHaveLength(1)
    })

    it('that two hooks tell of, or that is delivered again, starts one pipeline', async () => {
      const mergeRequest = open()
      const bot = await run()
      gitlab.addHook(project, { url: `${bot.url}/webhooks/gitlab`, token: webhookSecret, name: 'of the group' })
      gitlab.setLabels(mergeRequest, [rspec], author)
      await decided(mergeRequest)
      const [first] = gitlab.deliveries.filter(({ trigger }) => trigger === 'merge_requests_events')
      if (first) await gitlab.resend(first)
      await settle()
      expect(starts()).toHaveLength(1)
    })

    it('is new also when GitLab says that nothing was there before', async () => {
      const mergeRequest = open()
      const bot = await run()
      gitlab.setLabels(mergeRequest, [rspec], author)
      await decided(mergeRequest)
      const told = gitlab.deliveries.find(({ trigger }) => trigger === 'merge_requests_events')
      const payload = structuredClone(told?.payload) as { changes: { labels: { previous: unknown[] } } }
      payload.changes.labels.previous = []
      await fetch(`${bot.url}/webhooks/gitlab`, {
        method: 'POST',
        headers: { 'x-gitlab-token': webhookSecret, 'content-type': 'application/json' },
        body: JSON.stringify(payload),
      })
      await decided(mergeRequest, 2)
      expect(starts()).toHaveLength(1)
    })

    it('counts again after it was removed', async () => {
      const mergeRequest = open()
      await run()
      gitlab.setLabels(mergeRequest, [rspec], author)
      await decided(mergeRequest)
      gitlab.setLabels(mergeRequest, [], author)
      await decided(mergeRequest, 2)
      gitlab.setLabels(mergeRequest, [rspec], author)
      await decided(mergeRequest, 3)
      expect(starts()).toHaveLength(2)
    })

    it('that is there at opening starts nothing, nor does it later', async () => {
      await run()
      const mergeRequest = open([rspec])
      expect((await decided(mergeRequest)).because).toContain('from the start')
      gitlab.setLabels(mergeRequest, [rspec, 'backend'], author)
      await decided(mergeRequest, 2)
      expect(starts()).toHaveLength(0)
    })

    it.each(['closed', 'merged'] as const)('on a %s merge request starts nothing', async (state) => {
      const mergeRequest = open()
      await run()
      gitlab.setState(mergeRequest, state, author)
      gitlab.setLabels(mergeRequest, [rspec], author)
      expect((await decided(mergeRequest)).because).toContain(`but the merge request is ${state}`)
      expect(starts()).toHaveLength(0)
    })

    it('that the bot set itself starts nothing, not even at the next event', async () => {
      const mergeRequest = open()
      await run(
        `${quiet}label_actions: [{labels: [ask], do: [{add_labels: [tell]}]}, {labels: [tell], do: [run_pipeline]}]`,
      )
      gitlab.setLabels(mergeRequest, ['ask'], author)
      await decided(mergeRequest)
      expect(mergeRequest.labels.map(({ name }) => name)).toEqual(['ask', 'tell'])
      gitlab.setLabels(mergeRequest, ['ask', 'tell', 'backend'], author)
      await decided(mergeRequest, 2)
      expect(starts()).toHaveLength(0)
    })

    it('starts nothing when GitLab has begun a pipeline of the commit since', async () => {
      const mergeRequest = open()
      await run('debounce: 1s')
      gitlab.setLabels(mergeRequest, [rspec], author)
      const { id } = gitlab.addPipeline(project, { mergeRequest, jobs: [{ name: 'build' }] })
      expect((await decided(mergeRequest)).because).toContain(`pipeline ${id} of this commit began after that`)
      expect(starts()).toHaveLength(0)
    })

    it('replaces a pipeline of the same commit that still runs', async () => {
      const mergeRequest = open()
      const older = gitlab.addPipeline(project, { mergeRequest, jobs: [{ name: 'rspec', status: 'running' }] })
      await run()
      await settle(20)
      gitlab.setLabels(mergeRequest, [rspec], author)
      await decided(mergeRequest)
      expect(starts()).toHaveLength(1)
      expect(older.status).toBe('canceled')
    })

    it.each<[string, JobSpec]>([
      ['deploys', { name: 'review app', status: 'running', environment: 'review/ripe-apples' }],
      ['must not be interrupted', { name: 'dont-interrupt-me', status: 'running' }],
      ['releases', { name: 'release notes', status: 'running' }],
    ])('leaves a pipeline of the same commit alone in which a job %s', async (_, job) => {
      const mergeRequest = open()
      const older = gitlab.addPipeline(project, { mergeRequest, jobs: [job] })
      await run()
      await settle(20)
      gitlab.setLabels(mergeRequest, [rspec], author)
      await decided(mergeRequest)
      expect(starts()).toHaveLength(1)
      expect(older.status).toBe('running')
    })

    it('starts one pipeline also when the answer to the call is lost', async () => {
      const mergeRequest = open()
      await run()
      gitlab.failNext({ method: 'POST', path: /\/pipelines$/, fault: 'after-apply' })
      gitlab.setLabels(mergeRequest, [rspec], author)
      const { actions } = await decided(mergeRequest)
      expect(actions.at(-1)).toMatchObject({ type: 'run_pipeline', outcome: { result: 'already so' } })
      expect(project.pipelines).toHaveLength(1)
    })

    it('says in its decision why GitLab makes no pipeline', async () => {
      project.jobsFor = () => []
      const mergeRequest = open()
      await run()
      gitlab.setLabels(mergeRequest, [rspec], author)
      const { outcome, actions } = await decided(mergeRequest)
      expect(outcome).toBe('refused')
      expect(JSON.stringify(actions)).toContain('no job of the configuration runs for this merge request')
    })

    it('in a dry run changes nothing and is not seen as new again', async () => {
      const mergeRequest = open()
      await run(`dry_run: true\n${quiet}`)
      gitlab.setLabels(mergeRequest, [rspec], author)
      const { actions } = await decided(mergeRequest)
      expect(actions.at(-1)).toMatchObject({ type: 'run_pipeline', outcome: { result: 'dry run' } })
      gitlab.setLabels(mergeRequest, [rspec, 'backend'], author)
      expect((await decided(mergeRequest, 2)).because).toBe('no action is configured for backend')
      expect(gitlab.requests.filter(({ method }) => method !== 'GET')).toEqual([])
    })
  })

  describe('an action', () => {
    const asks = (steps: string) => `${quiet}label_actions: [{labels: [ask], on: [added], do: [${steps}]}]`

    async function ask(mergeRequest: MergeRequest, steps: string): Promise<Decision> {
      await run(asks(steps))
      gitlab.setLabels(mergeRequest, ['ask'], author)
      return decided(mergeRequest)
    }

    it('retries the failed jobs of the newest pipeline, but none that must not be repeated', async () => {
      const mergeRequest = open()
      const jobs: JobSpec[] = [
        { name: 'rspec', status: 'failed' },
        { name: 'jest', status: 'success' },
        { name: 'deploy staging', status: 'failed' },
      ]
      const pipeline = gitlab.addPipeline(project, { mergeRequest, jobs })
      const { because } = await ask(mergeRequest, 'retry_failed_jobs')
      expect(because).toContain('1 failed job of pipeline')
      expect(because).toContain('1 job that must not be repeated is not')
      expect(pipeline.jobs.map(({ name, retried }) => `${name} ${retried}`)).toEqual([
        'rspec true',
        'jest false',
        'deploy staging false',
        'rspec false',
      ])
    })

    it('cancels what runs for the merge request, and nothing of the branch', async () => {
      const mergeRequest = open()
      const own = gitlab.addPipeline(project, { mergeRequest, jobs: [{ name: 'rspec', status: 'running' }] })
      const { sha } = mergeRequest
      const ofBranch = gitlab.addPipeline(project, {
        ref: 'ripe-apples',
        sha,
        jobs: [{ name: 'rspec', status: 'running' }],
      })
      await ask(mergeRequest, 'cancel_pipeline')
      expect(own.status).toBe('canceled')
      expect(ofBranch.status).toBe('running')
    })

    it('starts a manual job by its name', async () => {
      const mergeRequest = open()
      const jobs: JobSpec[] = [{ name: 'review app', status: 'manual', when: 'manual' }]
      const pipeline = gitlab.addPipeline(project, { mergeRequest, jobs })
      await ask(mergeRequest, '{play_job: review app}')
      expect(gitlab.job(pipeline, 'review app').status).toBe('pending')
    })

    it('that cannot be taken says so in the note', async () => {
      const mergeRequest = open()
      const { id } = gitlab.addPipeline(project, { mergeRequest, jobs: [{ name: 'rspec' }] })
      await ask(mergeRequest, '{play_job: review app}')
      expect(mergeRequest.notes).toHaveLength(1)
      expect(mergeRequest.notes[0]?.body).toContain(
        `review app cannot be started: pipeline ${id} has no job of this name`,
      )
    })

    it('shows a text in the note as long as its label is set', async () => {
      const mergeRequest = open()
      await ask(mergeRequest, '{note: "Please read **the guide**."}')
      expect(mergeRequest.notes[0]?.body).toContain('Please read **the guide**.')
      gitlab.setLabels(mergeRequest, [], author)
      await decided(mergeRequest, 2)
      expect(mergeRequest.notes).toHaveLength(1)
      expect(mergeRequest.notes[0]?.body).not.toContain('guide')
    })

    it('adds and removes labels', async () => {
      const mergeRequest = open()
      await ask(mergeRequest, '{add_labels: [one, two]}, {remove_labels: [ask]}')
      expect(mergeRequest.labels.map(({ name }) => name)).toEqual(['one', 'two'])
    })

    it('says when the reaction that it wakes is not there', async () => {
      const mergeRequest = open()
      const { actions, outcome } = await ask(mergeRequest, 'recheck_undercoverage')
      expect(outcome).toBe('performed')
      expect(actions.map(({ type }) => type)).toEqual(['remember', 'wake_reaction'])
    })

    describe('that triggers another project', () => {
      let other: Project
      beforeEach(() => {
        other = gitlab.addProject({ path: 'meadow/press' })
        gitlab.addMember(other, botUser, 'maintainer')
      })
      const trigger =
        '{trigger: {project: meadow/press, ref: "{source_branch}-jh", variables: {MR: "{merge_request}", JSON: "{\\"a\\": 1}"}}}'

      it('takes the branch that the template names', async () => {
        const mergeRequest = open()
        gitlab.push(other, { branch: 'ripe-apples-jh', changes: { a: 'b' }, user: author })
        const before = other.pipelines.length
        await ask(mergeRequest, trigger)
        expect(other.pipelines.slice(before).map(({ ref }) => ref)).toEqual(['ripe-apples-jh'])
        expect(other.pipelines.at(-1)?.variables).toEqual([
          { key: 'MR', value: '17' },
          { key: 'JSON', value: '{"a": 1}' },
          { key: 'PIPEWARDEN_TRIGGERED_BY', value: 'meadow/orchard!17' },
        ])
      })

      it('takes the default branch when there is none of that name, and starts once if the answer is lost', async () => {
        const mergeRequest = open()
        gitlab.failNext({ method: 'POST', path: /\/pipeline$/, fault: 'after-apply' })
        const { actions } = await ask(mergeRequest, trigger)
        expect(other.pipelines.map(({ ref }) => ref)).toEqual(['main'])
        expect(actions.at(-1)).toMatchObject({ type: 'trigger_pipeline', outcome: { result: 'already so' } })
      })

      it('says when the project is not there', async () => {
        const mergeRequest = open()
        await ask(mergeRequest, '{trigger: {project: meadow/cellar}}')
        expect(mergeRequest.notes[0]?.body).toContain('does not exist, or the bot cannot see it')
      })
    })
  })

  describe('a merge request from a fork', () => {
    let stranger: User
    let mergeRequest: MergeRequest

    beforeEach(() => {
      stranger = gitlab.addUser({ username: 'jonas' })
      const fork = gitlab.addProject({ path: 'jonas/orchard' })
      gitlab.addMember(fork, stranger, 'owner')
      gitlab.addMember(project, stranger, 'reporter')
      mergeRequest = gitlab.addMergeRequest(project, {
        sourceBranch: 'wormy-apples',
        author: stranger,
        fork,
        changes: code,
      })
    })

    it('gets no pipeline by the label of somebody who is no Developer, and the note says so once', async () => {
      await run()
      gitlab.setLabels(mergeRequest, [rspec], stranger)
      await decided(mergeRequest)
      gitlab.setLabels(mergeRequest, [rspec, 'backend'], stranger)
      await decided(mergeRequest, 2)
      expect(starts()).toHaveLength(0)
      expect(mergeRequest.notes).toHaveLength(1)
      expect(mergeRequest.notes[0]?.body).toContain('no Developer of this project')
    })

    it('gets one by the label of a Developer', async () => {
      await run()
      gitlab.setLabels(mergeRequest, [rspec], author)
      await decided(mergeRequest)
      expect(starts()).toHaveLength(1)
      expect(mergeRequest.notes).toHaveLength(0)
    })

    it('gets none when a Developer sets another label within the same seconds', async () => {
      await run('debounce: 1s')
      gitlab.setLabels(mergeRequest, [rspec], stranger)
      await settle(200)
      gitlab.setLabels(mergeRequest, [rspec, 'backend'], author)
      await decided(mergeRequest)
      expect(starts()).toHaveLength(0)
    })

    it('gets none by the approval of somebody who is no Developer, but one by that of a Developer', async () => {
      await run()
      gitlab.approve(mergeRequest, stranger)
      await decided(mergeRequest)
      expect(starts()).toHaveLength(0)
      expect(mergeRequest.notes[0]?.body).toContain('no Developer of this project')
      gitlab.approve(mergeRequest, author)
      await eventually(starts, (calls) => calls.length === 1)
    })
  })

  describe('an approval', () => {
    const approved = 'pipeline:mr-approved'
    let reviewers: User[]

    beforeEach(() => {
      reviewers = ['lotte', 'mats', 'nele'].map((username) => gitlab.addUser({ username }))
    })

    const reviewer = (index: number): User => reviewers[index] ?? author
    const labelsOf = (mergeRequest: MergeRequest) => mergeRequest.labels.map(({ name }) => name)

    const openForApproval = (approvalsRequired: number, changes: Record<string, string> = code): MergeRequest =>
      gitlab.addMergeRequest(project, { sourceBranch: 'ripe-apples', author, approvalsRequired, changes })

    it('of a merge request that needs none sets the label, then starts one pipeline, once', async () => {
      const mergeRequest = openForApproval(0)
      await run()
      gitlab.approve(mergeRequest, reviewer(0))
      const { actions, because } = await decided(mergeRequest)
      expect(because).toContain('is fully approved: a new pipeline is started')
      expect(actions.map(({ type }) => type)).toEqual(['remember', 'update_labels', 'run_pipeline'])
      expect(labelsOf(mergeRequest)).toEqual([approved])
      gitlab.approve(mergeRequest, reviewer(1))
      expect((await decided(mergeRequest, 2)).because).toContain('was answered before')
      expect(starts()).toHaveLength(1)
    })

    it('that is one of two starts a pipeline, and so does the second', async () => {
      const mergeRequest = openForApproval(2)
      await run()
      gitlab.approve(mergeRequest, reviewer(0))
      expect((await decided(mergeRequest)).because).toContain('is partly approved')
      gitlab.approve(mergeRequest, reviewer(1))
      expect((await decided(mergeRequest, 2)).because).toContain('is fully approved')
      gitlab.approve(mergeRequest, reviewer(2))
      await settle()
      expect(starts()).toHaveLength(2)
    })

    it('that is taken back and given again starts nothing, and the label stays', async () => {
      const mergeRequest = openForApproval(1)
      await run()
      gitlab.approve(mergeRequest, reviewer(0))
      await decided(mergeRequest)
      gitlab.unapprove(mergeRequest, reviewer(0))
      await gitlab.settled()
      gitlab.approve(mergeRequest, reviewer(0))
      await decided(mergeRequest, 2)
      expect(starts()).toHaveLength(1)
      expect(labelsOf(mergeRequest)).toEqual([approved])
    })

    it('after a push counts for the new commit; that the push took approvals back starts nothing', async () => {
      const mergeRequest = openForApproval(1)
      await run()
      gitlab.approve(mergeRequest, reviewer(0))
      await decided(mergeRequest)
      gitlab.push(project, { branch: 'ripe-apples', changes: { pips: 'none' }, user: author })
      await gitlab.settled()
      await settle()
      expect(starts()).toHaveLength(1)
      gitlab.approve(mergeRequest, reviewer(0))
      await decided(mergeRequest, 2)
      expect(starts()).toHaveLength(2)
    })

    it('of documentation alone sets the label and starts nothing', async () => {
      const mergeRequest = openForApproval(0, { 'doc/apples.md': 'Apples', 'README.md': 'Hello again' })
      await run()
      gitlab.approve(mergeRequest, reviewer(0))
      expect((await decided(mergeRequest)).because).toBe('it changes nothing but docs')
      expect(starts()).toHaveLength(0)
      expect(labelsOf(mergeRequest)).toEqual([approved])
    })

    it('with one of the labels that speak against it starts nothing', async () => {
      const mergeRequest = open(['pipeline:expedite'])
      await run()
      gitlab.approve(mergeRequest, reviewer(0))
      expect((await decided(mergeRequest)).because).toBe('the label pipeline:expedite is on the merge request')
      expect(starts()).toHaveLength(0)
    })

    it('where approvals are switched off wakes nobody', async () => {
      const mergeRequest = openForApproval(0)
      await run(`${quiet}approvals: {enabled: false}`)
      gitlab.approve(mergeRequest, reviewer(0))
      await gitlab.settled()
      expect(gitlab.deliveries.at(-1)?.responseBody).toContain('"status":"ignored"')
    })

    it('by two people at the same moment starts one pipeline', async () => {
      const mergeRequest = openForApproval(0)
      await start({ roles: both })
      await run()
      gitlab.behaviour.hookOrder = 'parallel'
      gitlab.approve(mergeRequest, reviewer(0))
      gitlab.approve(mergeRequest, reviewer(1))
      await decided(mergeRequest)
      await settle(1_500)
      expect(starts()).toHaveLength(1)
    })
  })
})
