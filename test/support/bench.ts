import { afterEach, beforeEach, expect } from 'vitest'
import type { Running } from '../../src/index.ts'
import { type BotOptions, eventually, startBot, startTestRedis, type TestRedis, webhookSecret } from './bot.ts'
import { type FakeGitLab, startFakeGitLab } from './fake-gitlab/index.ts'
import type { MergeRequest, Project, User } from './fake-gitlab/types.ts'

/** Settings without waits, and without what would only be in the way. */
export const quiet = 'fail_fast: {enabled: false}\ndebounce: 0s\n'

export const code = { 'apples.rb': 'Apple.new' }

type Decision = {
  reaction: string
  because: string
  outcome: string
  actions: { type: string; outcome: { result: string; detail?: string } | null }[]
}

type Place = { gitlab: FakeGitLab; redis: TestRedis; project: Project; author: User; botUser: User; token: string }

/** A GitLab with one project and the bot beside it, anew for each test; what a test may not leave behind is checked. */
export function useBench() {
  let place: Place | undefined
  let bots: Running[] = []

  beforeEach(async () => {
    const redis = await startTestRedis()
    const gitlab = await startFakeGitLab()
    const author = gitlab.addUser({ username: 'imke' })
    const project = gitlab.addProject({ path: 'meadow/orchard' })
    gitlab.addMember(project, author, 'developer')
    const { user: botUser, token } = gitlab.addBot(project)
    place = { gitlab, redis, project, author, botUser, token }
  })

  afterEach(async () => {
    await Promise.all(bots.map((bot) => bot.close()))
    bots = []
    const { gitlab, redis } = here()
    const { problems, quickActions } = gitlab
    await gitlab.close()
    await redis.stop()
    expect(problems).toEqual([])
    expect(quickActions).toEqual([])
  })

  function here(): Place {
    if (!place) throw new Error('there is a bench during tests only')
    return place
  }

  async function start(options: Partial<BotOptions> = {}): Promise<Running> {
    const { gitlab, token, redis } = here()
    const bot = await startBot({ gitlab, token, redis, config: quiet, ...options })
    bots.push(bot)
    const isReady = (response: Response) => response.ok || options.roles?.worker === false
    await eventually(() => fetch(`${bot.url}/readyz`), isReady)
    return bot
  }

  const hookOf = (bot: Running) => ({ url: `${bot.url}/webhooks/gitlab`, token: webhookSecret })

  async function decisions(mergeRequest: MergeRequest, reaction: string): Promise<Decision[]> {
    const url = `${bots.at(-1)?.url}/api/v1/decisions?project=${here().project.id}&merge_request=${mergeRequest.iid}`
    const all = (await (await fetch(url)).json()) as Decision[]
    return all.filter((decision) => decision.reaction === reaction)
  }

  return {
    here,
    start,
    hookOf,
    decisions,
    /** The bot with a hook that leads to it. */
    async run(config = quiet): Promise<Running> {
      const bot = await start({ config })
      here().gitlab.addHook(here().project, hookOf(bot))
      return bot
    },
    open(labels: string[] = []): MergeRequest {
      const { gitlab, project, author } = here()
      return gitlab.addMergeRequest(project, { sourceBranch: 'ripe-apples', author, labels, changes: code })
    },
    setLabels: (mergeRequest: MergeRequest, ...labels: string[]): void =>
      here().gitlab.setLabels(mergeRequest, labels, here().author),
    /** Calls that start a pipeline of a merge request. */
    starts: () => here().gitlab.calls('POST', /\/merge_requests\/\d+\/pipelines$/),
    settle: (milliseconds = 400) => new Promise((resolve) => setTimeout(resolve, milliseconds)),
    /** The newest decision, once there are so many and all of them are done. */
    async decided(mergeRequest: MergeRequest, count = 1, reaction = 'label-actions'): Promise<Decision> {
      const [newest] = await eventually(
        () => decisions(mergeRequest, reaction),
        (found) => found.length >= count && found.every(({ outcome }) => outcome !== 'being performed'),
      )
      if (!newest) throw new Error('nothing was decided')
      return newest
    },
  }
}
