import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Running } from '../src/index.ts'
import { eventually, webhookSecret } from './support/bot.ts'
import { useBots } from './support/bots.ts'
import type { JobSpec, PipelineSpec } from './support/fake-gitlab/specs.ts'
import type { Pipeline } from './support/fake-gitlab/types.ts'
import { type FakeSlack, startFakeSlack } from './support/fake-slack/index.ts'
import type { SlackChannel } from './support/fake-slack/state.ts'
import { usePlace } from './support/place.ts'

const quick = 'slack: {group_wait: 0s}'

const place = usePlace()
const bots = useBots(place, () => ({
  config: quick,
  variables: slackVariables(),
  log: (line) => log.push(line),
}))
let slack: FakeSlack
let channel: SlackChannel
let log: string[]

const slackVariables = () => ({ SLACK_BOT_TOKEN: slack.token, SLACK_API_URL: slack.url, SLACK_CHANNEL: '#ci' })

beforeEach(async () => {
  slack = await startFakeSlack()
  channel = slack.addChannel('ci')
  log = []
})

afterEach(async () => {
  await slack.close()
  expect(slack.problems).toEqual([])
})

const run = (config = quick, variables: Record<string, string> = {}) =>
  bots.run({ config, variables: { ...slackVariables(), ...variables } })

const twoJobs: JobSpec[] = [
  { name: 'lint', status: 'running' },
  {
    name: 'rspec',
    status: 'running',
    testReport: [{ name: 'adds up', classname: 'Basket', status: 'failed', output: 'expected 3, got 4' }],
  },
]

const start = (spec: PipelineSpec = {}): Pipeline => place.gitlab.addPipeline(place.project, { jobs: twoJobs, ...spec })

/** Ends the jobs of a pipeline; those that are not named succeed. */
function finish(pipeline: Pipeline, failing: string[] = []): Pipeline {
  for (const job of [...pipeline.jobs]) {
    if (job.status === 'running') place.gitlab.finishJob(job, failing.includes(job.name) ? 'failed' : 'success')
  }
  return pipeline
}

const decided = (pipeline: Pipeline, count = 1) => bots.decided({ pipeline: pipeline.id }, 'slack', count)

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

    place.gitlab.push(place.project, {
      branch: 'main',
      changes: { 'basket.rb': 'fixed' },
      message: 'Count again',
      user: place.author,
    })
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
    place.gitlab.finishJob(place.gitlab.retryJob(place.gitlab.job(flaky, 'rspec'), place.author))
    const canceled = start()
    place.gitlab.cancelPipeline(canceled)
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
    place.gitlab.finishJob(place.gitlab.retryJob(place.gitlab.job(pipeline, 'lint'), place.author))
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
    const other = place.gitlab.addProject({ path: 'meadow/press', visibility: 'public' })
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
    const commit = place.gitlab.push(place.project, {
      branch: 'ripe',
      changes: { a: 'b' },
      message: 'Ripe',
      user: place.author,
    })
    const mergeRequest = place.gitlab.addMergeRequest(place.project, {
      sourceBranch: 'ripe',
      author: place.author,
      title: 'Ripe apples',
    })
    place.gitlab.setState(mergeRequest, 'merged', place.author)
    await decided(finish(start({ ref: 'main', sha: commit.sha }), ['rspec']))
    expect(allText(posts()[0])).toContain(`|!${mergeRequest.iid}> Ripe apples`)
  })

  it('that failed although no job of it did says so', async () => {
    await run()
    const pipeline = start({ jobs: [{ name: 'lint', status: 'running' }] })
    const [job] = pipeline.jobs
    await place.gitlab.settled()
    if (job) Object.assign(job, { status: 'success' })
    pipeline.status = 'failed'
    pipeline.finishedAt = Date.now()
    const hook = place.project.hooks.at(-1)
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
    place.gitlab.push(place.project, {
      branch: 'ripe-apples',
      changes: { a: 'b' },
      message: 'Ripe',
      user: place.author,
    })
    finish(start({ ref: 'ripe-apples' }), ['rspec'])
    await place.gitlab.settled()
    expect(place.gitlab.deliveries.filter(({ responseBody }) => responseBody.includes('"slack"'))).toEqual([])
  })
})

describe('time', () => {
  const restart = async (config: string, ...running: Running[]) => {
    await bots.close(...running)
    place.project.hooks.splice(0)
    await run(config)
  }
  const soon = () => new Promise((resolve) => setTimeout(resolve, 1_100))

  it('reminds of what is still red, also after a restart, once for any number of workers', async () => {
    const config = 'slack: {group_wait: 0s, remind_after: 1s}'
    const first = await run(config)
    await decided(finish(start(), ['rspec']))
    await soon()
    await bots.start({ config, roles: { receiver: false, worker: true } })
    await restart(config, first)
    const replies = await eventually(
      () => slack.thread(posts()[0]?.ts ?? ''),
      (found) => found.length > 0,
    )
    expect(replies.map(({ text }) => text)).toEqual([
      expect.stringMatching(/^main of meadow.orchard is still red after \d s$/),
    ])
  })

  it('closes what nobody can mend any more', async () => {
    const config = 'slack: {group_wait: 0s, remind_after: 1s, routes: [{channel: "#ci"}]}'
    await run(config)
    place.gitlab.push(place.project, { branch: 'ripe', changes: { a: 'b' }, message: 'Ripe', user: place.author })
    const mergeRequest = place.gitlab.addMergeRequest(place.project, { sourceBranch: 'ripe', author: place.author })
    await decided(finish(start({ mergeRequest }), ['rspec']))
    place.gitlab.setState(mergeRequest, 'merged', place.author)
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
    project: { id: place.project.id, path_with_namespace: place.project.path, default_branch: 'main' },
    ...payload,
  })
  const headers = { 'content-type': 'application/json', 'x-gitlab-token': webhookSecret }
  const response = await fetch(`${bots.url()}/webhooks/gitlab`, { method: 'POST', headers, body })
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
    place.gitlab.push(place.project, { branch: 'ripe', changes: { a: 'b' }, message: 'Ripe', user: place.author })
    const mergeRequest = place.gitlab.addMergeRequest(place.project, { sourceBranch: 'ripe', author: place.author })
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
    const kept = await place.redis.client().keys('*')
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
    place.gitlab.addHook(place.project, { ...bots.hookOf({ url: bots.url() }), name: 'of the group' })
    const pipeline = finish(start(), ['rspec'])
    await decided(pipeline)
    await place.gitlab.settled()
    for (const delivery of [...place.gitlab.deliveries].slice(-2)) await place.gitlab.resend(delivery)
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
    const ready = (await (await fetch(`${bots.url()}/readyz`)).json()) as { status: string; warnings: string[] }
    expect(ready.status).toBe('ready')
    expect(ready.warnings[0]).toContain('#gone: Slack, chat.postMessage: channel_not_found')
    const metrics = await (await fetch(`${bots.url()}/metrics`)).text()
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
    const mergeRequest = place.gitlab.addMergeRequest(place.project, {
      sourceBranch: 'ripe-apples',
      author: place.author,
    })
    const pipeline = place.gitlab.addPipeline(place.project, {
      mergeRequest,
      jobs: [
        { name: 'rspec fail-fast', status: 'running' },
        { name: 'rspec', status: 'running' },
      ],
    })
    await place.gitlab.settled()
    const failedAt = Date.now()
    place.gitlab.finishJob(place.gitlab.job(pipeline, 'rspec fail-fast'), 'failed')
    await eventually(
      () => place.gitlab.calls('POST', /\/cancel$/),
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
    await place.gitlab.settled()
    expect(place.gitlab.deliveries.filter(({ responseBody }) => responseBody.includes('"slack"'))).toEqual([])
  })
})
