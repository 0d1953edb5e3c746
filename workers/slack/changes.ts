import type { Hearing, Incident, Place, Telling } from '../../src/incident.ts'
import type { Expectation } from './expected.ts'
import type { SlackFacts } from './facts.ts'
import type { Judged } from './judge.ts'
import { changedReply, passedCard, ranCard, ranReply, recoveredCard, recoveredReply, redCard } from './report.ts'

/** What is to be remembered of a place, and what is to be said there. */
export type Change = { place: Place; next: Incident; telling: Telling | null; because?: string }

type Seen = { pipeline: number; source: string }

const seenIn = ({ event, pipeline }: SlackFacts): Seen => ({
  pipeline: event.pipeline,
  source: pipeline?.source ?? event.source,
})

/** The next revision of what is known of a place. */
function nextOf({ event, now, fact }: SlackFacts, known: Incident | null, hearing: Hearing, seen: Seen): Incident {
  return {
    ...(known ?? { state: 'green', failing: [], since: now, toldAt: now, due: null, thread: null }),
    revision: (known?.revision ?? 0) + 1,
    by: fact,
    event,
    hearing,
    seen: { ...known?.seen, [seen.source]: seen.pipeline },
  }
}

/** @returns nothing when there is nothing to remember either */
export function incidentChange(facts: SlackFacts, judged: Judged): Change[] {
  const { transition, known, destination, hearing } = judged
  const place = placeOf(facts, destination)
  const next = { ...nextOf(facts, known, hearing, judged.seen), failing: transition.failing }
  switch (transition.kind) {
    case 'nothing':
      return []
    case 'same':
      return [{ place, next, telling: null }]
    case 'new':
      return [{ place, next: reddened(facts, next), telling: opening(facts, judged) }]
    case 'changed':
      return [{ place, next: toldAgain(facts, next), telling: goingOn(facts, judged) }]
    case 'recovered':
      return [{ place, next: mended(facts, next), telling: closing(facts, judged) }]
    default:
      return transition.kind satisfies never
  }
}

const placeOf = ({ event, subject }: SlackFacts, destination: string): Place => ({
  project: event.project.id,
  subject: subject.key,
  destination,
})

function reddened({ now, pipeline, options }: SlackFacts, next: Incident): Incident {
  const since = pipeline?.endedAt ?? now
  return { ...next, state: 'red', since, toldAt: now, due: dueAfter(now, options.slack.remindAfter), thread: null }
}

const toldAgain = ({ now, options }: SlackFacts, next: Incident): Incident => ({
  ...next,
  toldAt: now,
  due: dueAfter(now, options.slack.remindAfter),
})

/** @param wait 0: never */
export const dueAfter = (now: number, wait: number): number | null => (wait > 0 ? now + wait : null)

/** The thread stays with the incident, for its end is told there. */
const mended = ({ now, pipeline }: SlackFacts, next: Incident): Incident => ({
  ...next,
  state: 'green',
  failing: [],
  since: pipeline?.endedAt ?? now,
  toldAt: now,
  due: null,
})

/** Who wants to hear of the end alone is told nothing yet. */
function opening(facts: SlackFacts, { transition, hearing }: Judged): Telling | null {
  if (!hearing.tells.includes('failed')) return null
  const card = redCard(facts, { failing: transition.failing, since: facts.pipeline?.endedAt ?? facts.now, hearing })
  return { thread: 'open', card, reply: null }
}

function goingOn(facts: SlackFacts, { known, transition, hearing }: Judged): Telling | null {
  if (!known || known.thread === null) return null
  const card = redCard(facts, { failing: transition.failing, since: known.since, hearing })
  return { thread: 'current', card, reply: changedReply(facts, transition) }
}

/** The card turns green also for those who asked to hear of failures alone: it must not go on to say that it is red. */
function closing(facts: SlackFacts, { known, hearing }: Judged): Telling | null {
  if (!known) return null
  const wanted = hearing.tells.includes('recovered')
  const card = recoveredCard(facts, known)
  if (known.thread !== null) return { thread: 'current', card, reply: wanted ? recoveredReply(facts, known) : null }
  return wanted ? { thread: 'open', card, reply: null } : null
}

const toldOfEverything: Hearing = { tells: [], jobs: [], mention: [] }

export function passedChange(facts: SlackFacts, destination: string): Change {
  const next = nextOf(facts, facts.incidents[destination] ?? null, toldOfEverything, seenIn(facts))
  const telling: Telling = { thread: 'own', card: passedCard(facts), reply: null }
  return { place: placeOf(facts, destination), next, telling, because: `${destination}: passed, as it wants to hear` }
}

/** @returns nothing for a run that was taken into account already */
export function runChange(facts: SlackFacts, { subject, destination, every }: Expectation): Change[] {
  const { pipeline, now } = facts
  const known = facts.expected[subject]?.[destination] ?? null
  if (!pipeline || (known?.seen[pipeline.source] ?? 0) >= pipeline.id) return []
  const place = { project: facts.event.project.id, subject, destination }
  const late = known?.state === 'red'
  const next: Incident = {
    ...nextOf(facts, known, toldOfEverything, seenIn(facts)),
    state: 'green',
    since: now,
    toldAt: now,
    due: now + every,
  }
  const telling: Telling | null =
    late && known.thread !== null ? { thread: 'current', card: ranCard(facts, known), reply: ranReply(facts) } : null
  return [{ place, next, telling, because: `${destination}: the next run is expected in time` }]
}
