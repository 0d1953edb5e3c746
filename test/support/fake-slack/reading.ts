import { channelWith, type Params, SlackError, text } from './method.ts'
import type { SlackChannel, SlackMessage, SlackState } from './state.ts'

/** Of the metadata only the kind is shown, unless all of it is asked for. */
export const shown = (message: SlackMessage, { all = true } = {}): Params => ({
  type: 'message',
  subtype: 'bot_message',
  text: message.text,
  blocks: message.blocks,
  ts: message.ts,
  ...(message.threadTs === null ? {} : { thread_ts: message.threadTs }),
  ...(message.metadata === null
    ? {}
    : { metadata: all ? message.metadata : { event_type: message.metadata.event_type } }),
})

/** Names are not understood here, and only members may read, with the scope for this kind of channel. */
const readable = (state: SlackState, params: Params): SlackChannel => {
  if (state.behaviour.readingLimited) throw new SlackError('ratelimited', { retryAfter: 60 }, 429)
  const channel = channelWith(state, text(params, 'channel'))
  const scope = channel.directTo === null ? 'channels:history' : 'im:history'
  if (!state.scopes.includes(scope))
    throw new SlackError('missing_scope', { needed: scope, provided: state.scopes.join(',') })
  if (!channel.isMember) throw new SlackError('not_in_channel')
  return channel
}

/** After `oldest` and before `latest`, a page at a time; an empty `next_cursor` ends them. */
const page = (messages: readonly SlackMessage[], params: Params): Params => {
  const [oldest, latest] = [Number(params.oldest ?? 0), Number(params.latest ?? Number.POSITIVE_INFINITY)]
  const all = String(params.include_all_metadata) === 'true'
  const limit = Math.min(999, Number(params.limit ?? 100))
  const start = Number(params.cursor || 0)
  const found = messages.filter(({ ts }) => Number(ts) > oldest && Number(ts) < latest)
  const next = start + limit < found.length ? String(start + limit) : ''
  return {
    messages: found.slice(start, start + limit).map((message) => shown(message, { all })),
    has_more: next !== '',
    response_metadata: { next_cursor: next },
  }
}

/** Newest first, without answers in threads. */
export const history = (state: SlackState, params: Params): Params => {
  const channel = readable(state, params)
  const all = state.messages.filter((message) => message.channel === channel.id && message.threadTs === null)
  return page(all.toReversed(), params)
}

/** A message and what answers it, oldest first. */
export const replies = (state: SlackState, params: Params): Params => {
  const channel = readable(state, params)
  const parent = text(params, 'ts')
  const thread = state.messages.filter(({ ts, threadTs }) => ts === parent || threadTs === parent)
  if (!thread.some((message) => message.ts === parent && message.channel === channel.id))
    throw new SlackError('thread_not_found')
  return page(thread, params)
}
