import type { Action } from '../action.ts'
import { NotYetError, OutdatedError, RefusedError } from '../errors.ts'
import type { Place } from '../incident.ts'
import type { RedisClient } from '../redis/connect.ts'
import { withLock } from '../redis/lock.ts'
import { SlackFailure } from '../slack/errors.ts'
import { tellingLock } from '../store/incident-keys.ts'
import { createIncidentStore } from '../store/incidents.ts'
import { createShownStore } from '../store/shown.ts'
import { type Teller, tellThread } from './tell-thread.ts'
import type { Circumstances, PerformDeps, Performed, SlackDeps } from './types.ts'
import { isWorthTelling, patienceMs } from './worth-telling.ts'

type ActionOf<Type extends Action['type']> = Extract<Action, { type: Type }>

/** @throws OutdatedError when the incident is not any more what the decision was made from */
export async function rememberIncident(
  { place, next, telling }: ActionOf<'remember_incident'>,
  { redis }: PerformDeps,
  { decidedAt }: Circumstances,
): Promise<Performed> {
  const result = await createIncidentStore(redis).remember(place, next, telling, decidedAt)
  if (result === 'outdated') throw new OutdatedError('somebody else changed the incident in the meantime')
  return { result }
}

const askAgain = { least: 1_000, most: 60_000 }

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
  const { slack, redis, now } = deps
  if (!slack) throw new RefusedError('SLACK_BOT_TOKEN is not set any more')
  try {
    const teller: Teller = { place, slack, shown: createShownStore(redis), now: now() }
    const told = await withLock(redis, tellingLock(place), { ttl: 10_000, wait: 1_000 }, () => tellAll(teller, redis))
    if (told === 0) return { result: 'already so' }
    await slack.trouble.works(place.destination)
    return { result: 'done', detail: `told in ${place.destination}` }
  } catch (error) {
    if (!(error instanceof SlackFailure)) throw error
    throw await afterFailure(error, place, slack, now() - decidedAt)
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
async function tellAll(teller: Teller, redis: RedisClient): Promise<number> {
  const { place, shown: store, now } = teller
  const { threads, red } = await createIncidentStore(redis).toTell(place)
  let shown = await store.shown(place)
  let calls = 0
  for (const thread of threads) {
    const before = shown.find(({ number }) => number === thread.number) ?? null
    const isLast = thread === threads.at(-1)
    if (!before && thread.number !== red && !isWorthTelling(thread.at, { isLast, now })) continue
    for await (const told of tellThread(thread, before, teller)) {
      calls += 1
      shown = [...shown.filter(({ number }) => number !== thread.number), told]
      await store.show(place, shown)
    }
  }
  return calls
}
