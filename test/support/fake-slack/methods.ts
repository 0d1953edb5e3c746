import { z } from 'zod'
import { blocksProblem } from './blocks.ts'
import { channelWith, type Method, type Params, refuse, SlackError, text } from './method.ts'
import { history, replies, shown } from './reading.ts'
import type { SlackChannel, SlackMetadata, SlackState } from './state.ts'

/** Posting takes names too (`#ci`, `ci`) and the id of a user; all else wants ids. */
const channelForPost = (state: SlackState, wanted: string): SlackChannel => {
  const byName = state.channels.find(
    (channel) => channel.name === wanted.replace(/^#/, '') && channel.directTo === null,
  )
  if (byName !== undefined) return byName
  return state.users.some((user) => user.id === wanted) ? openDirect(state, wanted) : channelWith(state, wanted)
}

const openDirect = (state: SlackState, user: string): SlackChannel => {
  const known = state.channels.find((channel) => channel.directTo === user)
  if (known !== undefined) return known
  const channel = { id: `D${user.slice(1)}`, name: '', isMember: true, archived: false, directTo: user }
  state.channels.push(channel)
  return channel
}

const parsedJson = (value: unknown): unknown => {
  if (typeof value !== 'string') return value
  try {
    return JSON.parse(value)
  } catch {
    return value
  }
}

const content = (state: SlackState, params: Params): { text: string; blocks: unknown[] } => {
  const blocks = parsedJson(params.blocks) ?? []
  const problem = blocksProblem(blocks)
  if (problem !== null || !Array.isArray(blocks)) return refuse(state, 'invalid_blocks', problem ?? 'not a list')
  const body = text(params, 'text')
  if (body === '' && blocks.length === 0) return refuse(state, 'no_text', 'neither text nor blocks')
  if (body.length > 40_000) return refuse(state, 'msg_too_long', `${body.length} characters`)
  return { text: body, blocks }
}

const metadataSchema = z.strictObject({
  event_type: z.string().min(1),
  event_payload: z.record(z.string(), z.unknown()),
})

const metadataOf = (state: SlackState, params: Params): SlackMetadata | null => {
  const given = parsedJson(params.metadata)
  if (given === undefined) return null
  if (!state.behaviour.takesMetadata) throw new SlackError('metadata_must_be_sent_from_app')
  const { data, success } = metadataSchema.safeParse(given)
  return success ? data : refuse(state, 'invalid_metadata_format', JSON.stringify(given))
}

/** @throws SlackError 429 with the seconds to wait when the last message in the channel is too fresh. */
const checkRate = (state: SlackState, channel: SlackChannel): void => {
  const { messageInterval } = state.behaviour
  const left = (state.lastPost.get(channel.id) ?? 0) + messageInterval - Date.now()
  if (messageInterval > 0 && left > 0) throw new SlackError('ratelimited', { retryAfter: Math.ceil(left / 1000) }, 429)
  state.lastPost.set(channel.id, Date.now())
}

const postMessage = (state: SlackState, params: Params): Params => {
  const channel = channelForPost(state, text(params, 'channel'))
  if (channel.archived) throw new SlackError('is_archived')
  if (!channel.isMember && !state.scopes.includes('chat:write.public')) throw new SlackError('not_in_channel')
  checkRate(state, channel)
  const threadTs = text(params, 'thread_ts') || null
  if (threadTs !== null && state.behaviour.threadsLocked) throw new SlackError('restricted_action_thread_locked')
  const said = { ...content(state, params), metadata: metadataOf(state, params) }
  const message = { ts: state.nextTs(), channel: channel.id, ...said, threadTs, edits: [] }
  state.messages.push(message)
  return { channel: channel.id, ts: message.ts, message: shown(message) }
}

const update = (state: SlackState, params: Params): Params => {
  const channel = channelWith(state, text(params, 'channel'))
  const ts = text(params, 'ts')
  const message = state.messages.find((candidate) => candidate.channel === channel.id && candidate.ts === ts)
  if (message === undefined) throw new SlackError('message_not_found')
  const next = content(state, params)
  message.edits.push({ text: message.text, blocks: message.blocks })
  Object.assign(message, next)
  return { channel: channel.id, ts, text: message.text, message: shown(message) }
}

const channelEntity = (channel: SlackChannel): Params => ({
  id: channel.id,
  name: channel.name,
  is_channel: channel.directTo === null,
  is_im: channel.directTo !== null,
  is_member: channel.isMember,
  is_archived: channel.archived,
})

/** Cursor pages: an empty `next_cursor` ends them. */
const listChannels = (state: SlackState, params: Params): Params => {
  const limit = Math.min(1000, Number(params.limit ?? 100))
  const start = Number(params.cursor || 0)
  const archived = String(params.exclude_archived) === 'true' ? [false] : [false, true]
  const all = state.channels.filter((channel) => channel.directTo === null && archived.includes(channel.archived))
  const next = start + limit < all.length ? String(start + limit) : ''
  return { channels: all.slice(start, start + limit).map(channelEntity), response_metadata: { next_cursor: next } }
}

const lookupByEmail = (state: SlackState, params: Params): Params => {
  const user = state.users.find((candidate) => candidate.email === params.email)
  if (user === undefined) throw new SlackError('users_not_found')
  return { user: { id: user.id, name: user.name, profile: { email: user.email } } }
}

const open = (state: SlackState, params: Params): Params => {
  const id = text(params, 'users')
  if (!state.users.some((user) => user.id === id)) throw new SlackError('user_not_found')
  return { channel: { id: openDirect(state, id).id } }
}

export const methods: Record<string, Method> = {
  'auth.test': {
    scope: null,
    run: () => ({ url: 'https://acme.slack.com/', team: 'Acme', user: 'pipewarden', bot_id: 'B1' }),
  },
  'chat.postMessage': { scope: 'chat:write', run: postMessage },
  'chat.update': { scope: 'chat:write', run: update },
  'conversations.list': { scope: 'channels:read', run: listChannels },
  'conversations.info': {
    scope: 'channels:read',
    run: (state, params) => ({ channel: channelEntity(channelWith(state, text(params, 'channel'))) }),
  },
  'conversations.history': { scope: null, run: history },
  'conversations.replies': { scope: null, run: replies },
  'conversations.open': { scope: 'im:write', run: open },
  'users.lookupByEmail': { scope: 'users:read.email', run: lookupByEmail },
}
