import { NotYetError } from '../errors.ts'
import type { Place } from '../incident.ts'
import type { Posted, SlackClient } from '../slack/client.ts'
import { SlackFailure } from '../slack/errors.ts'
import type { SlackMessage } from '../slack/message.ts'
import type { Attempt, ShownStore } from '../store/shown.ts'
import type { SlackDeps } from './types.ts'

type Posting = {
  /** Which message of the place it is. */
  name: string
  channel: string
  message: SlackMessage
  /** The `ts` of the message that it answers; null: it stands for itself. */
  thread: string | null
}

type Deps = { place: Place; slack: SlackDeps; shown: ShownStore; now: number }

/**
 * Posts a message unless an earlier try, whose answer was lost, had brought it there. Slack takes the same message any
 * number of times, so each has an id of its own by which it is found again.
 *
 * @returns `again`: an earlier try had posted it
 * @throws NotYetError while Slack lets nobody look for it
 */
export async function postOnce(
  { name, channel, message, thread }: Posting,
  { place, slack: { client }, shown, now }: Deps,
): Promise<Posted & { again: boolean }> {
  const { again, ...attempt } = await shown.attempt(place, name, now)
  const found = again ? await findPosted(attempt, { channel, thread }, { client, shown, now }) : null
  if (found) return { ...found, again: true }
  try {
    const posted = await client.post(channel, message, { thread, id: attempt.id })
    if (posted.channel !== channel) await shown.rememberChannel(channel, posted.channel)
    return { ...posted, again: false }
  } catch (error) {
    if (error instanceof SlackFailure && error.kind !== 'unavailable') await shown.refused(place, name)
    throw error
  }
}

/** Slack shows what is in a channel by its id alone, to apps that have the scope and are members: else nobody can know. */
async function findPosted(
  attempt: Attempt,
  { channel, thread }: Pick<Posting, 'channel' | 'thread'>,
  { client, shown, now }: { client: SlackClient; shown: ShownStore; now: number },
): Promise<Posted | null> {
  const id = channelId.test(channel) ? channel : await shown.channelId(channel)
  if (id === null) return null
  try {
    const ts = await client.find(id, { thread, id: attempt.id, since: attempt.at })
    return ts === null ? null : { channel: id, ts }
  } catch (error) {
    if (!(error instanceof SlackFailure) || error.kind === 'unavailable') throw error
    if (error.kind !== 'rate_limited' || now - attempt.at >= searchMs) return null
    // It is a limit on reading: what others have to say in the channel does not wait for it.
    throw new NotYetError(error.message, error.retryAfter ?? askAgainMs)
  }
}

/** Some apps may read one page a minute: whoever waits for the message must not wait for the last page. */
const searchMs = 600_000
const askAgainMs = 30_000

/** Names have no capitals. */
const channelId = /^[CDG][A-Z0-9]+$/
