import type { Action } from '../action.ts'
import { NotYetError, OutdatedError, RefusedError } from '../errors.ts'
import type { Place, Thread } from '../incident.ts'
import { withLock } from '../redis/lock.ts'
import type { SlackClient } from '../slack/client.ts'
import { SlackFailure } from '../slack/errors.ts'
import type { SlackMessage } from '../slack/message.ts'
import { createIncidentStore, type IncidentStore, type Shown, tellingLock } from '../store/incidents.ts'
import type { Circumstances, PerformDeps, Performed, SlackDeps } from './types.ts'

type ActionOf<Type extends Action['type']> = Extract<Action, { type: Type }>

/** @throws OutdatedError when the incident is not any more what the decision was made from */
export async function rememberIncident(
  { place, next, telling }: ActionOf<'remember_incident'>,
  { redis }: PerformDeps,
): Promise<Performed> {
  const result = await createIncidentStore(redis).remember(place, next, telling)
  if (result === 'outdated') throw new OutdatedError('somebody else changed the incident in the meantime')
  return { result }
}

/** What nobody reads any more after this long is left untold, in sight in the failed set. */
const patienceMs = 24 * 3_600_000
const askAgain = { least: 1_000, most: 60_000 }
/** A turn that comes this soon is waited for; a later one is another try of the task. */
const shortWaitMs = 2_000

/**
 * Brings Slack's threads to what is remembered of them. What was told is remembered message by message, so another try
 * goes on where the last one ended.
 *
 * @throws NotYetError while Slack is away or wants us to wait; RefusedError when it refuses
 */
export async function tellSlack(
  { place }: ActionOf<'tell_slack'>,
  deps: PerformDeps,
  { decidedAt }: Circumstances,
): Promise<Performed> {
  const { slack, redis } = deps
  if (!slack) throw new RefusedError('SLACK_BOT_TOKEN is not set any more')
  try {
    const told = await withLock(redis, tellingLock(place), { ttl: 10_000, wait: 1_000 }, () =>
      tellAll(place, slack, createIncidentStore(redis)),
    )
    await slack.trouble.works(place.destination)
    return told === 0 ? { result: 'already so' } : { result: 'done', detail: `told in ${place.destination}` }
  } catch (error) {
    if (!(error instanceof SlackFailure)) throw error
    throw await afterFailure(error, place, slack, deps.now() - decidedAt)
  }
}

/** @param age how long ago it was decided, in milliseconds */
async function afterFailure(failure: SlackFailure, place: Place, slack: SlackDeps, age: number): Promise<Error> {
  if (failure.kind === 'rate_limited') {
    const wait = failure.retryAfter ?? 30_000
    await slack.pace.pause(place.destination, wait)
    return new NotYetError(failure.message, wait)
  }
  if (failure.kind === 'unavailable' && age < patienceMs) {
    return new NotYetError(failure.message, Math.min(askAgain.most, Math.max(askAgain.least, age / 4)))
  }
  await slack.trouble.refused(place.destination, failure)
  return new RefusedError(failure.message)
}

/** @returns how many calls it took */
async function tellAll(place: Place, slack: SlackDeps, incidents: IncidentStore): Promise<number> {
  let calls = 0
  for (const thread of await incidents.threads(place)) {
    const all = await incidents.shown(place)
    const before = all.find(({ number }) => number === thread.number) ?? null
    for await (const shown of tellThread(thread, before, place, slack)) {
      calls += 1
      await incidents.show(place, [...all.filter(({ number }) => number !== thread.number), shown])
    }
  }
  return calls
}

/** What Slack shows after each message: the card, or its newest version, then the replies that are not there yet. */
async function* tellThread(
  thread: Thread,
  before: Shown | null,
  place: Place,
  slack: SlackDeps,
): AsyncGenerator<Shown> {
  let shown = before ?? (await post(thread, place, slack))
  if (!before) yield shown
  if (shown.version < thread.version) {
    await turn(place, slack)
    shown = { ...shown, ts: await edit(shown, thread.card, slack.client), version: thread.version }
    yield shown
  }
  for (const { number, message } of thread.replies) {
    if (number <= shown.replies) continue
    await turn(place, slack)
    await reply(shown, message, slack.client)
    shown = { ...shown, replies: number }
    yield shown
  }
}

async function post({ number, version, card }: Thread, place: Place, slack: SlackDeps): Promise<Shown> {
  await turn(place, slack)
  const channel = await channelOf(place, slack.client)
  const posted = await slack.client.post(channel, card)
  return { ...posted, number, version, replies: 0 }
}

/** @returns null when somebody deleted the card */
async function edit({ channel, ts }: Shown, card: SlackMessage, client: SlackClient): Promise<string | null> {
  if (ts === null) return null
  return unlessGone(client.update(channel, ts, card).then(() => ts))
}

/** Without its card an answer stands alone. */
async function reply({ channel, ts }: Shown, message: SlackMessage, client: SlackClient): Promise<void> {
  const answered = ts === null ? null : await unlessGone(client.post(channel, message, ts))
  if (answered === null) await client.post(channel, message)
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
async function turn({ destination }: Place, { pace }: SlackDeps): Promise<void> {
  for (;;) {
    const wait = await pace.next(destination)
    if (wait === 0) return
    if (wait > shortWaitMs) throw new NotYetError(`${destination} has had its share of messages`, wait)
    await new Promise((resolve) => setTimeout(resolve, wait))
  }
}
