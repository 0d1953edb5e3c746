import { type ChatPostMessageArguments, type ChatUpdateArguments, WebClient } from '@slack/web-api'
import { SlackFailure, toSlackFailure } from './errors.ts'
import { findMessage, metadataOf, type Wanted } from './find-message.ts'
import type { SlackMessage } from './message.ts'

/** Where a message is: what Slack needs to edit or answer it. */
export type Posted = { channel: string; ts: string }

/** `thread`: the `ts` of the message that it answers. `id`: by which it can be found; null: by nothing. */
type About = { thread: string | null; id: string | null }

/** Every call throws SlackFailure. */
export type SlackClient = {
  /** @param channel name or id */
  post(channel: string, message: SlackMessage, about?: About): Promise<Posted>
  /** @param channel its id. @returns the `ts` of the message with this id; null when it is not there */
  find(channel: string, wanted: Wanted): Promise<string | null>
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

  async function post(channel: string, message: SlackMessage, { thread, id }: About): Promise<Posted> {
    const posting = {
      ...{ channel, unfurl_links: false, unfurl_media: false, link_names: false, ...contentOf(message) },
      ...(thread === null ? {} : { thread_ts: thread }),
      ...(id === null ? {} : { metadata: metadataOf(id) }),
    } as ChatPostMessageArguments
    const answer = await call('chat.postMessage', web.chat.postMessage(posting))
    return { channel: answer.channel ?? channel, ts: answer.ts ?? '' }
  }

  async function update(channel: string, ts: string, message: SlackMessage): Promise<void> {
    const editing = { channel, ts, link_names: false, ...contentOf(message) } as ChatUpdateArguments
    await call('chat.update', web.chat.update(editing))
  }

  return {
    post: (channel, message, about = { thread: null, id: null }) =>
      orPlain(message, (content) => orWithoutId(about, (given) => post(channel, content, given))),
    find: (channel, wanted) => call('reading messages', findMessage(web, channel, wanted)),
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

/** Some kinds of tokens may not add metadata (`metadata_must_be_sent_from_app`): that is no reason to say nothing. */
async function orWithoutId<Result>(about: About, send: (about: About) => Promise<Result>) {
  try {
    return await send(about)
  } catch (error) {
    if (!(error instanceof SlackFailure) || about.id === null || !error.code.includes('metadata')) throw error
    return send({ ...about, id: null })
  }
}

function nobody(error: unknown): null {
  if (error instanceof SlackFailure && error.code === 'users_not_found') return null
  throw error
}
