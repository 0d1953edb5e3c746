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
  await bot?.close()
  bot = undefined
  const { problems } = gitlab
  await gitlab.close()
  await slack.close()
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
    expect(same?.because).toBe('#ci: same, the same jobs fail as before')
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
