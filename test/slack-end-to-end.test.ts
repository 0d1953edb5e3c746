import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Running } from '../src/index.ts'
import { eventually, startBot, startTestRedis, type TestRedis, webhookSecret } from './support/bot.ts'
import { type FakeGitLab, startFakeGitLab } from './support/fake-gitlab/index.ts'
import type { JobSpec, PipelineSpec } from './support/fake-gitlab/specs.ts'
import type { Pipeline, Project, User } from './support/fake-gitlab/types.ts'
import { type FakeSlack, startFakeSlack } from './support/fake-slack/index.ts'
import type { SlackChannel } from './support/fake-slack/state.ts'

const quick = 'slack: {group_wait: 0s}'

let gitlab: FakeGitLab
let slack: FakeSlack
let redis: TestRedis
let bot: Running | undefined
let project: Project
let author: User
let token: string
let channel: SlackChannel
let log: string[]

beforeEach(async () => {
  redis = await startTestRedis()
  gitlab = await startFakeGitLab()
  slack = await startFakeSlack()
  channel = slack.addChannel('ci')
  author = gitlab.addUser({ username: 'imke', name: 'Imke' })
  project = gitlab.addProject({ path: 'meadow/orchard' })
  gitlab.addMember(project, author, 'developer')
  token = gitlab.addBot(project).token
  log = []
})

afterEach(async () => {
  await slack.close()
  await bot?.close()
  bot = undefined
  const { problems } = gitlab
  await gitlab.close()
  await redis.stop()
  expect(problems).toEqual([])
  expect(slack.problems).toEqual([])
})

async function run(config = quick, variables: Record<string, string> = {}): Promise<void> {
  bot = await startBot({
    gitlab,
    token,
    redis,
    config,
    variables: { SLACK_BOT_TOKEN: slack.token, SLACK_API_URL: slack.url, SLACK_CHANNEL: '#ci', ...variables },
    log: (line) => log.push(line),
  })
  gitlab.addHook(project, { url: `${bot.url}/webhooks/gitlab`, token: webhookSecret })
  await eventually(
    () => fetch(`${bot?.url}/readyz`),
    (response) => response.ok,
  )
}

const twoJobs: JobSpec[] = [
  { name: 'lint', status: 'running' },
  {
    name: 'rspec',
    status: 'running',
    testReport: [{ name: 'adds up', classname: 'Basket', status: 'failed', output: 'expected 3, got 4' }],
  },
]

const start = (spec: PipelineSpec = {}): Pipeline => gitlab.addPipeline(project, { jobs: twoJobs, ...spec })

/** Ends the jobs of a pipeline; those that are not named succeed. */
function finish(pipeline: Pipeline, failing: string[] = []): Pipeline {
  for (const job of [...pipeline.jobs]) {
    if (job.status === 'running') gitlab.finishJob(job, failing.includes(job.name) ? 'failed' : 'success')
  }
  return pipeline
}

async function decisions(pipeline: Pipeline) {
  const response = await fetch(`${bot?.url}/api/v1/decisions?project=${project.id}&pipeline=${pipeline.id}`)
  const all = (await response.json()) as { reaction: string; because: string; outcome: string; actions: unknown[] }[]
  return all.filter(({ reaction }) => reaction === 'slack')
}

const decided = (pipeline: Pipeline, count = 1) =>
  eventually(
    () => decisions(pipeline),
    (found) => found.length >= count && found.every(({ outcome }) => outcome !== 'being performed'),
  )

const posts = () => slack.messagesIn(channel).filter(({ threadTs }) => threadTs === null)
const allText = (message: { blocks: unknown[] } | undefined) => JSON.stringify(message?.blocks)

describe('a problem on the default branch', () => {
  it('is one message: answered when other jobs fail, silent when the same do, turned green when it is over', async () => {
    await run()
    await decided(finish(start(), ['rspec']))
    expect(posts()).toHaveLength(1)
    const [card] = posts()
    expect(card?.text).toBe('main of meadow/orchard is red: rspec')
    expect(allText(card)).toContain('`Basket adds up`: expected 3, got 4')

    const [same] = await decided(finish(start(), ['rspec']))
    expect(same?.because).toBe('main is red by rspec; #ci: same, the same jobs fail as before')
    expect(slack.messagesIn(channel)).toHaveLength(1)

    await decided(finish(start(), ['rspec', 'lint']))
    expect(posts()).toHaveLength(1)
    expect(slack.thread(card?.ts ?? '').map(({ text }) => text)).toEqual([
      'main of meadow/orchard: other jobs fail now',
    ])

    gitlab.push(project, { branch: 'main', changes: { 'basket.rb': 'fixed' }, message: 'Count again', user: author })
    await decided(finish(start()))
    expect(posts()).toHaveLength(1)
    expect(posts()[0]?.text).toContain('is green again after')
    expect(slack.thread(card?.ts ?? '')).toHaveLength(2)
    expect(allText(slack.thread(card?.ts ?? '').at(-1))).toContain('Count again')
  })
})

describe('a pipeline', () => {
  it('of which a retry turned the failed job green is no failure, nor is one that was canceled', async () => {
    await run('slack: {group_wait: 1s}')
    const flaky = finish(start(), ['rspec'])
    gitlab.finishJob(gitlab.retryJob(gitlab.job(flaky, 'rspec'), author))
    const canceled = start()
    gitlab.cancelPipeline(canceled)
    const found = await decided(flaky, 2)
    expect(found.map(({ because }) => because)).toEqual([
      'main is green; no route wants to hear of it',
      'nothing is red on main, and no route wants to hear that it passed',
    ])
    expect(slack.messages).toEqual([])
  })

  it('that fails again after a retry is told by what fails now', async () => {
    await run()
    const pipeline = finish(start(), ['rspec', 'lint'])
    await decided(pipeline)
    gitlab.finishJob(gitlab.retryJob(gitlab.job(pipeline, 'lint'), author))
    await decided(pipeline, 2)
    expect(posts()).toHaveLength(1)
    expect(allText(slack.messagesIn(channel).at(-1))).toContain('*Not failing any more*\\n`lint`')
  })

  it('with failures that are allowed alone is green', async () => {
    await run()
    const pipeline = finish(start({ jobs: [{ name: 'docs', status: 'running', allowFailure: true }] }), ['docs'])
    await decided(pipeline)
    expect(pipeline.status).toBe('success')
    expect(slack.messages).toEqual([])
  })

  it('that a failed trigger job turned red names the downstream pipeline', async () => {
    await run()
    const other = gitlab.addProject({ path: 'meadow/press', visibility: 'public' })
    const pipeline = start({
      bridges: [
        {
          name: 'press',
          status: 'running',
          depend: true,
          downstream: { project: other, jobs: [{ name: 'squeeze', status: 'running' }] },
        },
      ],
    })
    for (const downstream of other.pipelines) finish(downstream, ['squeeze'])
    finish(pipeline)
    await decided(pipeline)
    expect(allText(posts()[0])).toContain(`|downstream pipeline ${other.pipelines[0]?.id}>`)
  })

  it('of a merged merge request names it', async () => {
    await run()
    const commit = gitlab.push(project, { branch: 'ripe', changes: { a: 'b' }, message: 'Ripe', user: author })
    const mergeRequest = gitlab.addMergeRequest(project, { sourceBranch: 'ripe', author, title: 'Ripe apples' })
    gitlab.setState(mergeRequest, 'merged', author)
    await decided(finish(start({ ref: 'main', sha: commit.sha }), ['rspec']))
    expect(allText(posts()[0])).toContain(`|!${mergeRequest.iid}> Ripe apples`)
  })

  it('that failed although no job of it did says so', async () => {
    await run()
    const pipeline = start({ jobs: [{ name: 'lint', status: 'running' }] })
    const [job] = pipeline.jobs
    await gitlab.settled()
    if (job) Object.assign(job, { status: 'success' })
    pipeline.status = 'failed'
    pipeline.finishedAt = Date.now()
    const hook = project.hooks.at(-1)
    expect(hook).toBeDefined()
    await deliver({
      object_kind: 'pipeline',
      object_attributes: { id: pipeline.id, ref: 'main', status: 'failed', source: 'push' },
    })
    await decided(pipeline)
    expect(allText(posts()[0])).toContain('GitLab gives no reason')
  })

  it('that is older than a green one and ends late is no problem', async () => {
    await run()
    const older = start()
    const newer = start()
    finish(newer)
    await decided(newer)
    const [decision] = await decided(finish(older, ['rspec']))
    expect(decision?.because).toBe(`main is red by rspec; #ci: nothing, pipeline ${newer.id} is newer and succeeded`)
    expect(slack.messages).toEqual([])
  })

  it('of a schedule is not mended or overtaken by one of another schedule', async () => {
    await run()
    const nightly = start({ source: 'schedule', jobs: [{ name: 'e2e', status: 'running' }] })
    const hourly = () => finish(start({ source: 'schedule', jobs: [{ name: 'tidy', status: 'running' }] }))
    await decided(hourly())
    await decided(finish(nightly, ['e2e']))
    expect(posts().map(({ text }) => text)).toEqual(['main of meadow/orchard is red: e2e'])
    const [decision] = await decided(hourly())
    expect(decision?.because).toBe('main is green; #ci: same, it did not run what failed')
    expect(slack.messagesIn(channel)).toHaveLength(1)
  })

  it('of a schedule that is older than one that ran the same with success is no problem', async () => {
    await run()
    const e2e: PipelineSpec = { source: 'schedule', jobs: [{ name: 'e2e', status: 'running' }] }
    const older = start(e2e)
    const newer = start(e2e)
    await decided(finish(newer))
    const [decision] = await decided(finish(older, ['e2e']))
    expect(decision?.because).toBe(`main is red by e2e; #ci: nothing, pipeline ${newer.id} is newer and succeeded`)
    expect(slack.messages).toEqual([])
  })

  it('of a feature branch never reaches the queue by default', async () => {
    await run()
    gitlab.push(project, { branch: 'ripe-apples', changes: { a: 'b' }, message: 'Ripe', user: author })
    finish(start({ ref: 'ripe-apples' }), ['rspec'])
    await gitlab.settled()
    expect(gitlab.deliveries.filter(({ responseBody }) => responseBody.includes('"slack"'))).toEqual([])
  })
})

describe('time', () => {
  const restart = async (config: string) => {
    await bot?.close()
    project.hooks.splice(0)
    await run(config)
  }
  const soon = () => new Promise((resolve) => setTimeout(resolve, 1_100))

  it('reminds of what is still red, also after a restart, once for any number of workers', async () => {
    const config = 'slack: {group_wait: 0s, remind_after: 1s}'
    await run(config)
    await decided(finish(start(), ['rspec']))
    await soon()
    const other = await startBot({
      gitlab,
      token,
      redis,
      config,
      roles: { receiver: false, worker: true },
      variables: { SLACK_BOT_TOKEN: slack.token, SLACK_API_URL: slack.url, SLACK_CHANNEL: '#ci' },
    })
    await restart(config)
    const replies = await eventually(
      () => slack.thread(posts()[0]?.ts ?? ''),
      (found) => found.length > 0,
    )
    await other.close()
    expect(replies.map(({ text }) => text)).toEqual([
      expect.stringMatching(/^main of meadow.orchard is still red after \d s$/),
    ])
  })

  it('closes what nobody can mend any more', async () => {
    const config = 'slack: {group_wait: 0s, remind_after: 1s, routes: [{channel: "#ci"}]}'
    await run(config)
    gitlab.push(project, { branch: 'ripe', changes: { a: 'b' }, message: 'Ripe', user: author })
    const mergeRequest = gitlab.addMergeRequest(project, { sourceBranch: 'ripe', author })
    await decided(finish(start({ mergeRequest }), ['rspec']))
    gitlab.setState(mergeRequest, 'merged', author)
    await soon()
    await restart(config)
    await eventually(
      () => posts()[0]?.text,
      (text) => text === `!${mergeRequest.iid} of meadow/orchard was red to the end`,
    )
    expect(slack.messagesIn(channel)).toHaveLength(1)
  })

  it('misses a schedule that did not run although another one did, and says when it runs again', async () => {
    const config = `
conditions: {nightly: {source: schedule, variables: {NIGHTLY: "*"}}}
slack: {group_wait: 0s, routes: [{channel: "#ci", when: [nightly], expect: {every: 1s}}]}`
    const nightly = () => start({ source: 'schedule', variables: [{ key: 'NIGHTLY', value: 'yes' }] })
    await run(config)
    await decided(finish(nightly()))
    await soon()
    finish(start({ source: 'schedule' }))
    await restart(config)
    await eventually(
      () => posts().map(({ text }) => text),
      ([text]) => text?.startsWith('main of meadow/orchard: no pipeline for') ?? false,
    )
    await decided(finish(nightly()))
    expect(posts().map(({ text }) => text)).toEqual(['main of meadow/orchard runs again'])
    expect(slack.thread(posts()[0]?.ts ?? '').map(({ text }) => text)).toEqual(['main of meadow/orchard runs again'])
  })
})

/** What a hook would send. */
async function deliver(payload: Record<string, unknown>): Promise<void> {
  const body = JSON.stringify({
    project: { id: project.id, path_with_namespace: project.path, default_branch: 'main' },
    ...payload,
  })
  const headers = { 'content-type': 'application/json', 'x-gitlab-token': webhookSecret }
  const response = await fetch(`${bot?.url}/webhooks/gitlab`, { method: 'POST', headers, body })
  expect(response.status).toBe(202)
}

describe('routes', () => {
  const config = `
conditions: {nightly: {source: schedule, variables: {NIGHTLY: "*"}}}
slack:
  group_wait: 0s
  routes:
    - {channel: "#deploys", when: [default_branch], jobs: ["deploy*"], all: true}
    - {channel: "#nightly", when: [nightly], on: [failed, recovered, passed], mention: [here]}
    - {channel: "$AUTHOR", when: [merge_request], all: true}
    - {channel: "#ci", projects: ["meadow/**"]}
`

  it('lead to channels by job, condition and variables, and to the author', async () => {
    const [deploys, nightly] = [slack.addChannel('deploys'), slack.addChannel('nightly')]
    slack.addUser('imke', 'imke@users.example')
    await run(config)
    const secret = [{ key: 'NIGHTLY', value: 'hush-hush' }]
    await decided(finish(start({ source: 'schedule', variables: secret }), ['rspec']))
    await decided(finish(start({ jobs: [{ name: 'deploy prod', status: 'running' }] }), ['deploy prod']))
    gitlab.push(project, { branch: 'ripe', changes: { a: 'b' }, message: 'Ripe', user: author })
    const mergeRequest = gitlab.addMergeRequest(project, { sourceBranch: 'ripe', author })
    await decided(finish(start({ mergeRequest }), ['lint']))
    const direct = slack.messages.filter((message) => message.channel.startsWith('D'))
    expect(slack.messagesIn(nightly).map(({ text }) => text)).toEqual(['main of meadow/orchard is red: rspec'])
    expect(allText(slack.messagesIn(nightly)[0])).toContain('<!here>')
    expect(slack.messagesIn(deploys).map(({ text }) => text)).toEqual(['main of meadow/orchard is red: deploy prod'])
    expect(direct.map(({ text }) => text)).toEqual([`!${mergeRequest.iid} of meadow/orchard is red: lint`])
    expect(posts().map(({ text }) => text)).toEqual([
      'main of meadow/orchard is red: deploy prod',
      `!${mergeRequest.iid} of meadow/orchard is red: lint`,
    ])
    const kept = await redis.client().keys('*')
    expect(kept.length).toBeGreaterThan(0)
    expect(log.join('')).not.toContain('hush-hush')
    expect(log.join('')).not.toContain('imke@users.example')
  })

  it('skip an author whom Slack does not know, and one that is a bot', async () => {
    await run('slack: {group_wait: 0s, routes: [{channel: $AUTHOR, when: [default_branch]}]}')
    const [decision] = await decided(finish(start(), ['rspec']))
    expect(decision?.because).toBe('main is red by rspec; no route wants to hear of it')
    expect(slack.messages).toEqual([])
  })

  it('tell of what passed, where somebody wants to hear of it', async () => {
    await run('slack: {group_wait: 0s, routes: [{channel: "#ci", on: [passed], when: [default_branch]}]}')
    await decided(finish(start(), ['rspec']))
    await decided(finish(start()))
    await decided(finish(start()))
    expect(posts().map(({ text }) => text)).toEqual(['main of meadow/orchard passed', 'main of meadow/orchard passed'])
  })
})

describe('delivery', () => {
  it('does not tell twice, whatever is told twice', async () => {
    await run()
    gitlab.addHook(project, { url: `${bot?.url}/webhooks/gitlab`, token: webhookSecret, name: 'of the group' })
    const pipeline = finish(start(), ['rspec'])
    await decided(pipeline)
    await gitlab.settled()
    for (const delivery of [...gitlab.deliveries].slice(-2)) await gitlab.resend(delivery)
    expect(slack.messagesIn(channel)).toHaveLength(1)
  })

  it('makes one message of two pipelines that fail at the same time', async () => {
    await run()
    const [one, other] = [start(), start()]
    finish(one, ['rspec'])
    finish(other, ['rspec'])
    await decided(one)
    await decided(other)
    expect(slack.messagesIn(channel)).toHaveLength(1)
  })

  it('waits as long as Slack says', async () => {
    slack.behaviour.messageInterval = 1_500
    await run()
    await decided(finish(start(), ['rspec']))
    await decided(finish(start(), ['lint']))
    expect(slack.calls.some(({ status }) => status === 429)).toBe(true)
    expect(slack.messagesIn(channel)).toHaveLength(2)
  })

  it('tells after an outage all that happened in it, in order, and once', async () => {
    await run()
    slack.behaviour.outage = true
    const red = finish(start(), ['rspec'])
    await eventually(
      () => slack.calls.length,
      (count) => count >= 1,
    )
    const green = finish(start())
    await eventually(
      () => slack.calls.length,
      (count) => count >= 3,
    )
    expect(slack.messages).toEqual([])
    slack.behaviour.outage = false
    await decided(red)
    await decided(green)
    const [card, ...replies] = slack.messagesIn(channel)
    expect(card?.text).toContain('is green again')
    expect(replies.map(({ threadTs }) => threadTs)).toEqual([card?.ts])
  })

  it('of a channel that refuses is said once, in log, metrics and readiness, and holds up no other', async () => {
    await run('slack: {group_wait: 0s, routes: [{channel: "#gone", all: true}, {channel: "#ci"}]}')
    await decided(finish(start(), ['rspec']))
    const [decision] = await decided(finish(start(), ['lint']))
    expect(decision?.outcome).toBe('performed')
    expect(posts()).toHaveLength(1)
    const said = log.filter((line) => line.includes('Slack refuses messages'))
    expect(said).toHaveLength(1)
    expect(said[0]).toContain('channel_not_found')
    const ready = (await (await fetch(`${bot?.url}/readyz`)).json()) as { status: string; warnings: string[] }
    expect(ready.status).toBe('ready')
    expect(ready.warnings[0]).toContain('#gone: Slack, chat.postMessage: channel_not_found')
    const metrics = await (await fetch(`${bot?.url}/metrics`)).text()
    expect(metrics).toContain('pipewarden_slack_refusals_total{code="channel_not_found"} 2')
  })

  it('does not delay a fail-fast cancel while Slack never answers', async () => {
    slack.behaviour.hang = true
    await run('slack: {group_wait: 0s}\nfail_fast: {settle: 0s}')
    finish(start(), ['rspec'])
    await eventually(
      () => slack.calls.length,
      (count) => count > 0,
    )
    const mergeRequest = gitlab.addMergeRequest(project, { sourceBranch: 'ripe-apples', author })
    const pipeline = gitlab.addPipeline(project, {
      mergeRequest,
      jobs: [
        { name: 'rspec fail-fast', status: 'running' },
        { name: 'rspec', status: 'running' },
      ],
    })
    await gitlab.settled()
    const failedAt = Date.now()
    gitlab.finishJob(gitlab.job(pipeline, 'rspec fail-fast'), 'failed')
    await eventually(
      () => gitlab.calls('POST', /\/cancel$/),
      (calls) => calls.length === 1,
    )
    expect(Date.now() - failedAt).toBeLessThan(2_000)
    expect(slack.messages).toEqual([])
    slack.behaviour.hang = false
  })

  it('in a dry run is decided and shown, and nothing is sent or remembered', async () => {
    await run(`dry_run: true\n${quick}`)
    const [decision] = await decided(finish(start(), ['rspec']))
    expect(decision?.actions).toMatchObject([
      { type: 'remember_incident', outcome: { result: 'dry run' } },
      { type: 'tell_slack', outcome: { result: 'dry run' } },
    ])
    expect(slack.calls).toEqual([])
  })

  it('needs a token: without one there is no such reaction', async () => {
    await run(quick, { SLACK_BOT_TOKEN: '' })
    finish(start(), ['rspec'])
    await gitlab.settled()
    expect(gitlab.deliveries.filter(({ responseBody }) => responseBody.includes('"slack"'))).toEqual([])
  })
})
