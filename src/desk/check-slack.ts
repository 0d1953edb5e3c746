import type { Command } from 'commander'
import { configFileOf, EnvError, processVariables, readSlackEnv, type Variables } from '../../config/env.ts'
import { ConfigError, loadConfig } from '../../config/load.ts'
import { AUTHOR_CHANNEL } from '../../config/sections/slack.ts'
import { createSlackClient, type SlackClient } from '../slack/client.ts'
import { SlackFailure } from '../slack/errors.ts'
import { type SlackMessage, section } from '../slack/message.ts'

/** What came of one channel; `because` is null where the message arrived. */
type ChannelResult = { channel: string; ok: boolean; because: string | null }

/** 0 every channel took the message, 1 some did not, 2 nothing could be tried. */
export type CheckSlackResult = { exitCode: 0 | 1 | 2; channels: ChannelResult[]; problems: string[] }

const testMessage: SlackMessage = {
  text: 'This is a test of pipewarden: messages reach this channel',
  blocks: [section('✅ *This is a test of pipewarden*\nMessages reach this channel.')],
}

/** Sends a test message to every channel that a route leads to. */
export async function checkSlack(variables: Variables, file: string | null): Promise<CheckSlackResult> {
  try {
    const { botToken, apiUrl, channel } = readSlackEnv(variables)
    const asked = file === null ? configFileOf(variables) : { file, required: true }
    const { slackChannels } = await loadConfig(asked.file, { required: asked.required, slackChannel: channel })
    if (slackChannels.length === 0)
      return nothingTried(['no route leads to a channel: set SLACK_CHANNEL, or write a route'])
    const client = createSlackClient({ token: botToken, apiUrl })
    return judged(await tryAll(slackChannels, client))
  } catch (error) {
    if (error instanceof EnvError) return nothingTried([...error.problems])
    if (error instanceof ConfigError) return nothingTried(error.message.split('\n'))
    throw error
  }
}

const nothingTried = (problems: string[]): CheckSlackResult => ({ exitCode: 2, channels: [], problems })

type Tried = ChannelResult & { away: boolean }

/** One after the other, as Slack wants it. */
async function tryAll(channels: readonly string[], client: SlackClient): Promise<Tried[]> {
  const results: Tried[] = []
  for (const channel of channels) results.push(await tryOne(channel, client))
  return results
}

/** There is no author to write to here, but whether the app may look for one can be seen. */
async function tryOne(channel: string, client: SlackClient): Promise<Tried> {
  try {
    if (channel === AUTHOR_CHANNEL) await client.userByEmail('nobody@pipewarden.invalid')
    else await client.post(await postable(channel, client), testMessage)
    return { channel, ok: true, because: null, away: false }
  } catch (error) {
    if (!(error instanceof SlackFailure)) throw error
    return { channel, ok: false, because: error.message, away: error.kind === 'unavailable' }
  }
}

const postable = async (channel: string, client: SlackClient): Promise<string> =>
  /^[UW][A-Z0-9]+$/.test(channel) ? client.openDirect(channel) : channel

function judged(tried: readonly Tried[]): CheckSlackResult {
  const channels = tried.map(({ away: _, ...result }) => result)
  if (tried.every(({ away }) => away)) return { exitCode: 2, channels, problems: ['Slack does not answer'] }
  return { exitCode: channels.every(({ ok }) => ok) ? 0 : 1, channels, problems: [] }
}

/** `pipewarden check slack [FILE]`. */
export function registerCheckSlack(check: Command): void {
  check
    .command('slack')
    .description('send a test message to every configured channel, and say which refuse it and why')
    .argument('[file]', 'the configuration file; otherwise PIPEWARDEN_CONFIG, or config/pipewarden.yaml')
    .option('--json', 'print the result as JSON')
    .action(async (file: string | undefined, { json }: { json?: boolean }) => {
      const result = await checkSlack(processVariables(), file ?? null)
      process.stdout.write(`${json ? JSON.stringify(result) : textOf(result)}\n`)
      process.exitCode = result.exitCode
    })
}

const textOf = ({ channels, problems }: CheckSlackResult): string =>
  [...channels.map(lineOf), ...problems.map((problem) => `problem: ${problem}`)].join('\n')

function lineOf({ channel, ok, because }: ChannelResult): string {
  if (!ok) return `${channel}: refused: ${because}`
  return channel === AUTHOR_CHANNEL
    ? `${channel}: authors can be looked up by e-mail`
    : `${channel}: took the test message`
}
