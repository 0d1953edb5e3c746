import { act, type Decision, skip } from '../../src/action.ts'
import type { Incident, Telling } from '../../src/incident.ts'
import { dueAfter } from './changes.ts'
import { actionsOf } from './decide.ts'
import { isExpected } from './expected.ts'
import type { LookFacts } from './look-gather.ts'
import { closedCard, missedCard, reminder } from './report.ts'

/** Pure: what is to be said of an incident because time has passed. */
export function decideLook(facts: LookFacts): Decision {
  const { incident, now, place } = facts
  if (!incident) return skip('there is no such incident any more')
  if (incident.due === null || incident.due > now) return skip('it is not due any more')
  if (isExpected(place.subject)) return lookAtRuns(facts, incident)
  if (incident.state !== 'red') return skip('it is green by now')
  return facts.gone === null ? remind(facts, incident) : close(facts, incident, facts.gone)
}

function remind(facts: LookFacts, incident: Incident): Decision {
  const { now, options } = facts
  const due = dueAfter(now, options.slack.remindAfter)
  if (due === null) return changed(facts, incident, { due }, null, 'no reminders are wanted any more')
  const wanted = incident.thread !== null && incident.hearing.tells.includes('failed')
  const telling: Telling = { thread: 'current', card: null, reply: reminder(incident, now) }
  // Whoever mends what a tag broke sets another tag.
  const next = { due: incident.event.tag ? null : due, toldAt: now }
  return changed(facts, incident, next, wanted ? telling : null, 'it is still red')
}

function close(facts: LookFacts, incident: Incident, because: string): Decision {
  const next = { state: 'green' as const, failing: [], since: facts.now, due: null }
  const telling: Telling = { thread: 'current', card: closedCard(incident, because), reply: null }
  return changed(facts, incident, next, incident.thread === null ? null : telling, because)
}

function lookAtRuns(facts: LookFacts, incident: Incident): Decision {
  const { every, now, ranAt } = facts
  if (every === null) return changed(facts, incident, { due: null }, null, 'no route expects it any more')
  if (incident.since + every > now) {
    return changed(facts, incident, { due: incident.since + every }, null, 'it is expected later by now')
  }
  if (ranAt !== null) {
    const next = { since: ranAt, due: Math.max(ranAt + every, now + 60_000) }
    return changed(facts, incident, next, null, 'it has run, although nobody told')
  }
  const telling: Telling = { thread: 'open', card: missedCard(incident, every, now), reply: null }
  return changed(facts, incident, { state: 'red', due: null, toldAt: now }, telling, 'it has not run in time')
}

function changed(
  { fact, place }: LookFacts,
  incident: Incident,
  change: Partial<Incident>,
  telling: Telling | null,
  because: string,
): Decision {
  const next: Incident = { ...incident, ...change, revision: incident.revision + 1, by: fact }
  return act(`${place.destination}: ${because}`, ...actionsOf([{ place, next, telling }]))
}
