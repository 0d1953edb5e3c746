import type { Failing, Hearing, Incident } from '../../src/incident.ts'
import type { SlackFacts } from './facts.ts'
import { authorChannel } from './options.ts'
import { bothOf, fitsPipeline, hearingsFor, mayFit, type RouteFacts, relevant } from './routes.ts'
import { type Observation, type Transition, transition } from './transition.ts'

/** What one destination is to hear. */
export type Judged = {
  destination: string
  known: Incident | null
  hearing: Hearing
  /** The pipeline, as far as it is the destination's affair. */
  seen: Observation
  transition: Transition
}

/** Why there is nothing to tell, as far as facts were read; null: there may be. */
export function nothingToTell(facts: SlackFacts): string | null {
  const { event, pipeline, traits, options, subject } = facts
  if (!pipeline) {
    const wanted = event.status !== 'success' || isRed(facts) || toldOfPasses(facts) || isHalfDone(facts)
    return wanted ? null : `nothing is red on ${subject.name}, and no route wants to hear that it passed`
  }
  if (!['success', 'failed', 'manual'].includes(pipeline.status)) return `the pipeline is ${pipeline.status} by now`
  if (!traits || isRed(facts) || isHalfDone(facts)) return null
  const some = options.slack.routes.some((route) => fitsPipeline(route, { options, traits }))
  return some ? null : 'no route is for a pipeline like this'
}

export const isRed = ({ incidents }: SlackFacts): boolean =>
  Object.values(incidents).some(({ state }) => state === 'red')

/** Whether an earlier decision about the same fact was outdated halfway. */
const isHalfDone = ({ incidents, fact }: SlackFacts): boolean => Object.values(incidents).some(({ by }) => by === fact)

/** Whether some route may want to hear of a success although nothing was red. */
const toldOfPasses = ({ options, event }: SlackFacts): boolean =>
  options.slack.routes.some((route) => (route.on.includes('passed') || route.expect !== null) && mayFit(route, event))

/** A pipeline that waits for a person has ended for nobody: it mends only what it has run. */
const waiting = 'manual'

/** @returns null before failures were read */
function observationOf({ pipeline, failing, now, passed = [], newerGreen = null }: SlackFacts): Observation | null {
  if (!pipeline || !failing) return null
  const isWaiting = pipeline.status === 'manual' && failing.length === 0
  return {
    pipeline: pipeline.id,
    now,
    source: isWaiting ? waiting : pipeline.source,
    outcome: failing.length > 0 ? 'red' : 'green',
    failing,
    passed,
    newerGreen,
  }
}

export const routeFacts = ({ options, traits, author = null }: SlackFacts): RouteFacts | null =>
  traits ? { options, traits, author } : null

/** What the pipeline means for everybody who was told, or is to be told, that the subject is red. */
export function judge(facts: SlackFacts): Judged[] {
  const [seen, about] = [observationOf(facts), routeFacts(facts)]
  if (!seen || !about) return []
  const told = Object.entries(facts.incidents).filter(([, { state }]) => state === 'red')
  const fresh = hearingsFor(about, seen.failing)
  const hearings = new Map<string, Hearing>([
    ...fresh,
    ...told.map(([destination, { hearing }]) => [destination, bothOf(fresh.get(destination), hearing)] as const),
  ])
  return [...hearings].map(([destination, hearing]) => {
    const known = facts.incidents[destination] ?? null
    const concerns = leadsTo(destination, about)
    const narrowed = concerns ? onlyJobs(seen, hearing) : onlyKnown(seen, known)
    return { destination, known, hearing, seen: narrowed, transition: transition(known, narrowed) }
  })
}

/** Whether some route for pipelines like this one leads to a destination. */
const leadsTo = (destination: string, about: RouteFacts): boolean =>
  about.options.slack.routes.some(
    (route) => (route.channel === destination || route.channel === authorChannel) && fitsPipeline(route, about),
  )

const withFailing = (seen: Observation, failing: Failing[]): Observation => ({
  ...seen,
  failing,
  outcome: failing.length > 0 ? 'red' : 'green',
})

/** Some destinations care for some jobs only. */
const onlyJobs = (seen: Observation, { jobs }: Hearing): Observation => withFailing(seen, relevant(jobs, seen.failing))

/** A pipeline that is not the destination's affair shows only whether what it was told of is mended. */
function onlyKnown(seen: Observation, known: Incident | null): Observation {
  const names = new Set(known?.failing.map(({ name }) => name))
  const failing = seen.failing.filter(({ name }) => names.has(name))
  return withFailing({ ...seen, source: `${seen.source}, of another route` }, failing)
}
