export type SlackUser = { id: string; name: string; email: string }
export type SlackChannel = { id: string; name: string; isMember: boolean; archived: boolean; directTo: string | null }

export type SlackMetadata = { event_type: string; event_payload: Record<string, unknown> }

export type SlackMessage = {
  ts: string
  channel: string
  text: string
  blocks: unknown[]
  /** The message that it answers in a thread; null for one of its own. */
  threadTs: string | null
  /** What an app attached to it; null: nothing. */
  metadata: SlackMetadata | null
  /** What it said before, oldest first. */
  edits: { text: string; blocks: unknown[] }[]
}

type SlackBehaviour = {
  /** Every call answers 503. */
  outage: boolean
  /** No call is answered. */
  hang: boolean
  /** Calls are carried out, but the connection breaks before the answer. */
  loseAnswers: boolean
  /** Reading messages is limited, whoever asks. */
  readingLimited: boolean
  /** An administrator has locked all threads. */
  threadsLocked: boolean
  /** Whether the token is of a kind that may attach metadata to messages. */
  takesMetadata: boolean
  /** Milliseconds between messages in one channel, sooner ones answer 429; Slack's limit is 1000, 0 is none. */
  messageInterval: number
}

export type SlackCall = { method: string; params: Record<string, unknown>; status: number | null; error: string | null }

export type SlackState = {
  token: string
  scopes: string[]
  users: SlackUser[]
  channels: SlackChannel[]
  messages: SlackMessage[]
  calls: SlackCall[]
  /** Calls that Slack does not know and messages that break its limits; tests assert that it is empty. */
  problems: string[]
  behaviour: SlackBehaviour
  /** When the last message went to a channel, in milliseconds. */
  lastPost: Map<string, number>
  nextTs(): string
}

export const createState = (scopes: string[]): SlackState => {
  let sequence = 0
  return {
    token: 'xoxb-fake-token',
    scopes,
    users: [],
    channels: [],
    messages: [],
    calls: [],
    problems: [],
    behaviour: {
      outage: false,
      hang: false,
      loseAnswers: false,
      takesMetadata: true,
      threadsLocked: false,
      readingLimited: false,
      messageInterval: 0,
    },
    lastPost: new Map(),
    nextTs: () => {
      sequence += 1
      return `${Math.floor(Date.now() / 1000)}.${String(sequence).padStart(6, '0')}`
    },
  }
}
