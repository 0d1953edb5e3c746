import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Logger } from 'pino'
import { startEmbeddedRedis } from '../../src/redis/embedded.ts'
import { eventually, startBot, webhookSecret } from '../support/bot.ts'
import type { Cleanup } from '../support/cleanup.ts'
import { type FakeGitLab, startFakeGitLab } from '../support/fake-gitlab/index.ts'
import type { Project, User } from '../support/fake-gitlab/types.ts'
import { type FakeSlack, startFakeSlack } from '../support/fake-slack/index.ts'

/** Everything is as in an empty configuration file, but for waits that would bore the audience. */
const config = `
fail_fast: {settle: 1s}
debounce: 1s
slack: {group_wait: 1s}
`

/** A GitLab, a Slack, a Redis and the bot, all in this process or below it, on loopback. */
export type World = {
  gitlab: FakeGitLab
  slack: FakeSlack
  bot: User
  author: User
  /** A project that the bot works in and whose hook leads to it. */
  addProject(path: string): Project
}

/**
 * @param hear gets every line that the bot logs
 * @param log for what happens before the bot runs, such as the download of a Redis
 */
export async function startWorld(cleanup: Cleanup, hear: (line: string) => void, log: Logger): Promise<World> {
  const dataDir = await cleanup.keep(
    () => mkdtemp(join(tmpdir(), 'pipewarden-demo-')),
    (folder) => rm(folder, { recursive: true, force: true }),
  )
  const redis = await cleanup.keep(
    () => startEmbeddedRedis({ dataDir, log, fsync: 'everysec' }),
    ({ stop }) => stop(),
  )
  const { description } = redis
  if (description.mode !== 'socket') throw new Error('the embedded Redis listens on a socket')
  const gitlab = await cleanup.keep(startFakeGitLab, ({ close }) => close())
  const slack = await cleanup.keep(startFakeSlack, ({ close }) => close())
  slack.addChannel('ci')
  const author = gitlab.addUser({ username: 'imke', name: 'Imke' })
  const bot = gitlab.addUser({ username: 'pipewarden', bot: true })
  const run = () =>
    startBot({
      gitlab,
      token: gitlab.addToken(bot),
      redis: { url: `unix://${description.path}` },
      config,
      variables: { SLACK_BOT_TOKEN: slack.token, SLACK_API_URL: slack.url, SLACK_CHANNEL: '#ci' },
      log: hear,
    })
  const { url } = await cleanup.keep(run, ({ close }) => close())
  await eventually(
    () => fetch(`${url}/readyz`),
    ({ ok }) => ok,
  )
  const addProject = (path: string) => {
    const project = gitlab.addProject({ path })
    gitlab.addMember(project, author, 'developer')
    gitlab.addMember(project, bot, 'developer')
    gitlab.addHook(project, { url: `${url}/webhooks/gitlab`, token: webhookSecret })
    return project
  }
  return { gitlab, slack, bot, author, addProject }
}
