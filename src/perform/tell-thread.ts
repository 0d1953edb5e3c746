import { NotYetError } from '../errors.ts'
import type { Place, Thread } from '../incident.ts'
import type { SlackClient } from '../slack/client.ts'
import { SlackFailure } from '../slack/errors.ts'
import type { SlackMessage } from '../slack/message.ts'
import type { Shown, ShownStore } from '../store/shown.ts'
import { postOnce } from './post-once.ts'
import type { SlackDeps } from './types.ts'
import { isWorthTelling } from './worth-telling.ts'

/** A turn that comes this soon is waited for; a later one is another try of the task. */
const shortWaitMs = 2_000

/** What it takes to tell something at a place. */
export type Teller = { place: Place; slack: SlackDeps; shown: ShownStore; now: number }

/** What Slack shows after each message: the card, or its newest version, then the replies that are not there yet. */
export async function* tellThread(thread: Thread, before: Shown | null, teller: Teller): AsyncGenerator<Shown> {
  let shown = before ?? (await post(thread, teller))
  if (!before) yield shown
  if (shown.version < thread.version) {
    await turn(teller)
    shown = { ...shown, ts: await edit(shown, thread.card, teller.slack.client), version: thread.version }
    yield shown
  }
  for (const next of thread.replies) {
    const isLast = next === thread.replies.at(-1)
    if (next.number <= shown.replies || !isWorthTelling(next.at, { isLast, now: teller.now })) continue
    await turn(teller)
    await reply(shown, next, teller)
    shown = { ...shown, replies: next.number }
    yield shown
  }
}

async function post({ number, version, card }: Thread, teller: Teller): Promise<Shown> {
  await turn(teller)
  const channel = await channelOf(teller.place, teller.slack.client)
  const { again, ...posted } = await postOnce({ name: `card-${number}`, channel, message: card, thread: null }, teller)
  // What an earlier try brought there may be an older version.
  return { ...posted, number, version: again ? 0 : version, replies: 0 }
}

/** @returns null when somebody deleted the card */
async function edit({ channel, ts }: Shown, card: SlackMessage, client: SlackClient): Promise<string | null> {
  if (ts === null) return null
  return unlessGone(client.update(channel, ts, card).then(() => ts))
}

/** Without its card an answer stands alone. */
async function reply(
  { channel, ts: thread }: Shown,
  { number, message }: Thread['replies'][number],
  teller: Teller,
): Promise<void> {
  const name = `reply-${number}`
  const answered = thread && (await unlessGone(postOnce({ name, channel, message, thread }, teller)))
  if (!answered) await postOnce({ name: `${name}-alone`, channel, message, thread: null }, teller)
}

/** @returns null when the message is not there any more */
async function unlessGone<T>(call: Promise<T>): Promise<T | null> {
  try {
    return await call
  } catch (error) {
    if (error instanceof SlackFailure && error.kind === 'gone') return null
    throw error
  }
}

/** People are written to in their direct message with the bot. */
const channelOf = async ({ destination }: Place, client: SlackClient): Promise<string> =>
  /^[UW][A-Z0-9]+$/.test(destination) ? client.openDirect(destination) : destination

/** @throws NotYetError when the channel's turn is not near */
async function turn({ place: { destination }, slack: { pace } }: Teller): Promise<void> {
  for (;;) {
    const wait = await pace.next(destination)
    if (wait === 0) return
    if (wait > shortWaitMs) throw new NotYetError(`${destination} has had its share of messages`, wait)
    await new Promise((resolve) => setTimeout(resolve, wait))
  }
}
