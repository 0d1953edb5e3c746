import { type ChatPostMessageArguments, type ChatUpdateArguments, WebClient } from '@slack/web-api'
import { SlackFailure, toSlackFailure } from './errors.ts'
import type { SlackMessage } from './message.ts'

/** Where a message is: what Slack needs to edit or answer it. */
type Posted = { channel: string; ts: string }

/** Every call throws SlackFailure. */
export type SlackClient = {
  /** @param channel name or id. @param thread the `ts` of the message that it answers */
  post(channel: string, message: SlackMessage, thread?: string): Promise<Posted>
  /** @param channel its id */
  update(channel: string, ts: string, message: SlackMessage): Promise<void>
  /** @returns the id of the direct message with a person */
  openDirect(user: string): Promise<string>
  /** @returns null when nobody in the workspace has this address */
  userByEmail(email: string): Promise<string | null>
}

/** The client's own default is to wait for ever. */
const defaultTimeoutMs = 10_000

/** Nothing of the client reaches the log: what matters is in the errors. */
const silent = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
  setLevel: () => undefined,
  getLevel: () => 'error' as never,
  setName: () => undefined,
}

/** Slack's Web API, one call a time: whoever calls decides about another try. */
export function createSlackClient(options: { token: string; apiUrl: string; timeoutMs?: number }): SlackClient {
  const web = new WebClient(options.token, {
    slackApiUrl: options.apiUrl,
    logger: silent,
    retryConfig: { retries: 0 },
    rejectRateLimitedCalls: true,
    timeout: options.timeoutMs ?? defaultTimeoutMs,
    allowAbsoluteUrls: false,
  })

  async function call<Result>(method: string, calling: Promise<Result>): Promise<Result> {
    try {
      return await calling
    } catch (error) {
      throw toSlackFailure(method, error)
    }
  }

  async function post(channel: string, message: SlackMessage, thread?: string): Promise<Posted> {
    const content = contentOf(message)
    const about = { channel, unfurl_links: false, unfurl_media: false, link_names: false, ...content }
    const posting = { ...about, ...(thread === undefined ? {} : { thread_ts: thread }) } as ChatPostMessageArguments
    const answer = await call('chat.postMessage', web.chat.postMessage(posting))
    return { channel: answer.channel ?? channel, ts: answer.ts ?? '' }
  }

  async function update(channel: string, ts: string, message: SlackMessage): Promise<void> {
    const editing = { channel, ts, link_names: false, ...contentOf(message) } as ChatUpdateArguments
    await call('chat.update', web.chat.update(editing))
  }

  return {
    post: (channel, message, thread) => orPlain(message, (content) => post(channel, content, thread)),
    update: (channel, ts, message) => orPlain(message, (content) => update(channel, ts, content)),
    async openDirect(users) {
      const { channel } = await call('conversations.open', web.conversations.open({ users }))
      return channel?.id ?? users
    },
    async userByEmail(email) {
      const looking = call('users.lookupByEmail', web.users.lookupByEmail({ email }))
      const found = await looking.catch(nobody)
      return found?.user?.id ?? null
    },
  }
}

/** `parse: none`: nothing in the text is taken for a link or a mention. */
const contentOf = ({ text, blocks }: SlackMessage) => ({ text, blocks, parse: 'none' as const })

const contentRefused = new Set(['invalid_blocks', 'invalid_blocks_format', 'msg_blocks_too_long'])

/** Its text alone is better than nothing, and what follows in the channel must not wait for it for ever. */
async function orPlain<Result>(message: SlackMessage, send: (message: SlackMessage) => Promise<Result>) {
  try {
    return await send(message)
  } catch (error) {
    if (!(error instanceof SlackFailure) || !contentRefused.has(error.code)) throw error
    return send({ text: message.text, blocks: [] })
  }
}

function nobody(error: unknown): null {
  if (error instanceof SlackFailure && error.code === 'users_not_found') return null
  throw error
}
