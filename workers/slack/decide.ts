import { type Action, act, type Decision, skip } from '../../src/action.ts'
import type { Place } from '../../src/incident.ts'
import { type Change, incidentChange, passedChange, runChange } from './changes.ts'
import { expectations } from './expected.ts'
import type { SlackFacts } from './facts.ts'
import { judge, nothingToTell, routeFacts } from './judge.ts'
import type { Route } from './options.ts'
import { fitsPipeline, routesFor } from './routes.ts'

/** Pure: the same facts always give the same decision. */
export function decide(facts: SlackFacts): Decision {
  const nothing = nothingToTell(facts)
  if (nothing) return skip(nothing)
  const judged = judge(facts)
  const changes = [...judged.flatMap((one) => incidentChange(facts, one)), ...passes(facts), ...runs(facts)]
  const reasons = [
    ...judged.map(({ destination, transition }) => `${destination}: ${transition.kind}, ${transition.because}`),
    ...changes.flatMap(({ because }) => because ?? []),
  ]
  const because = `${inShort(facts)}; ${reasons.join('; ') || 'no route wants to hear of it'}`
  const actions = actionsOf(changes, toldBefore(facts))
  return actions.length === 0 ? skip(because) : act(because, ...actions)
}

/** "main is red by rspec and 2 more". */
function inShort({ subject, failing = [] }: SlackFacts): string {
  const [first] = failing
  if (!first) return `${subject.name} is green`
  return `${subject.name} is red by ${first.name}${failing.length > 1 ? ` and ${failing.length - 1} more` : ''}`
}

/** First everything is remembered, so that what Slack does not take at once is known to whoever decides next. */
export const actionsOf = (changes: readonly Change[], before: readonly Place[] = []): Action[] => [
  ...changes.map(
    ({ place, next, telling }): Action => ({ type: 'remember_incident', project: place.project, place, next, telling }),
  ),
  ...[...changes.filter(({ telling }) => telling !== null).map(({ place }) => place), ...before].map(tell),
]

/** An earlier decision about the same fact was outdated halfway: what it remembered may not have been told. */
const toldBefore = ({ incidents, fact, event, subject }: SlackFacts): Place[] =>
  Object.entries(incidents)
    .filter(([, { by }]) => by === fact)
    .map(([destination]) => ({ project: event.project.id, subject: subject.key, destination }))

/** One channel that Slack refuses is no reason not to tell the others. */
const tell = (place: Place): Action => ({ type: 'tell_slack', project: place.project, place, mayBeRefused: true })

/**
 * Told of every success; not while it is red, for then it is told that it recovered, and not again of a pipeline that
 * ends once more because somebody started a manual job of it.
 */
function passes(facts: SlackFacts): Change[] {
  const about = routeFacts(facts)
  const { pipeline, incidents } = facts
  if (!about || pipeline?.status !== 'success' || facts.failing?.length !== 0) return []
  return routesFor(about, 'passed', [])
    .filter(({ destination }) => incidents[destination]?.state !== 'red')
    .filter(({ destination }) => incidents[destination]?.seen[pipeline.source] !== pipeline.id)
    .map(({ destination }) => passedChange(facts, destination))
}

/** A run that is expected has come, however it ended. */
function runs(facts: SlackFacts): Change[] {
  const { options, traits, pipeline } = facts
  if (!traits || !pipeline) return []
  const fits = (route: Route) => fitsPipeline(route, { options, traits })
  return expectations(options, facts.subject, pipeline.source, fits).flatMap((expected) => runChange(facts, expected))
}
