import type { ConversationsHistoryResponse, ConversationsRepliesResponse, WebClient } from '@slack/web-api'

/** What messages of ours are recognized by: any app in the workspace may read it (https://docs.slack.dev/messaging/message-metadata). */
export const metadataOf = (id: string) => ({ event_type: 'pipewarden_message', event_payload: { id } })

/** @param since when it was posted at the earliest, in milliseconds since the epoch */
export type Wanted = { id: string; since: number; thread: string | null }

/** Our clock and Slack's may differ. */
const marginMs = 300_000
/** Messages in one answer; Slack gives fewer as it likes. */
const perPage = 200
const maxPages = 5

type Page = ConversationsHistoryResponse | ConversationsRepliesResponse

/**
 * Looks through what was written in a channel or thread since then.
 *
 * @returns the `ts` of the message, null when it is not there
 */
export async function findMessage(
  web: WebClient,
  channel: string,
  { id, since, thread }: Wanted,
): Promise<string | null> {
  const asked = {
    channel,
    oldest: String(Math.max(0, since - marginMs) / 1000),
    limit: perPage,
    include_all_metadata: true,
  }
  let cursor = ''
  for (let page = 0; page < maxPages; page += 1) {
    const about = cursor === '' ? asked : { ...asked, cursor }
    const answer: Page =
      thread === null
        ? await web.conversations.history(about)
        : await web.conversations.replies({ ...about, ts: thread })
    const found = answer.messages?.find(({ metadata }) => isOurs(metadata, id))
    if (found?.ts) return found.ts
    cursor = answer.response_metadata?.next_cursor ?? ''
    if (cursor === '') return null
  }
  return null
}

type Metadata = { event_type?: string; event_payload?: unknown } | undefined

const isOurs = (metadata: Metadata, id: string): boolean => {
  const { event_type, event_payload } = metadataOf(id)
  const payload = metadata?.event_payload as Partial<typeof event_payload> | undefined
  return metadata?.event_type === event_type && payload?.id === id
}
