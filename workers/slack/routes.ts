import { matchesAny } from '../../src/conditions.ts'
import type { PipelineEvent } from '../../src/event.ts'
import type { Failing, Hearing } from '../../src/incident.ts'
import { nameMatcher, pathMatcher } from '../../src/match.ts'
import type { Traits } from '../../src/traits.ts'
import { authorChannel, type Occasion, type Route, type SlackReactionOptions } from './options.ts'

/** Whether anything could come of a pipeline event, as far as its payload tells: what nobody wants is never queued. */
export const mayBeTold = (event: PipelineEvent, { slack }: SlackReactionOptions): boolean =>
  slack.routes.some((route) => mayFit(route, event))

/** Whether a route could fit, as far as the payload tells. */
export function mayFit(route: Route, event: PipelineEvent): boolean {
  if (route.channel === null || !pathMatcher(route.projects)(event.project.path)) return false
  if (isChild(event) && !route.when.includes('child')) return false
  return route.when.length === 0 || route.when.some((condition) => mayHold(condition, event))
}

/** A child pipeline is its parent's affair, unless a route asks for it by name. */
const isChild = ({ source }: PipelineEvent) => source === 'parent_pipeline'

/** Conditions of the configuration may ask what only the API tells. */
function mayHold(condition: string, event: PipelineEvent): boolean {
  const { mergeRequest, tag, source, ref, project } = event
  switch (condition) {
    case 'schedule':
      return source === 'schedule'
    case 'child':
      return isChild(event)
    case 'tag':
      return tag
    case 'branch':
      return !tag && mergeRequest === null
    case 'default_branch':
      return !tag && mergeRequest === null && (project.defaultBranch ?? ref) === ref
    case 'merge_request':
    case 'fork_merge_request':
    case 'merged_result':
    case 'merge_train':
      return mergeRequest !== null
    default:
      return true
  }
}

export type RouteFacts = {
  options: SlackReactionOptions
  traits: Traits
  /** The Slack id of the author; null: unknown, a bot, or nobody asked. */
  author: string | null
}

/** A route that fits, and the channel or person that it leads to. */
export type Chosen = { route: Route; destination: string }

/** Routes that fit: the first, and those below it as long as `all` says so. */
export function routesFor(facts: RouteFacts, occasion: Occasion, failing: readonly Failing[]): Chosen[] {
  const chosen: Chosen[] = []
  for (const route of facts.options.slack.routes) {
    if (!fits(route, facts, occasion, failing)) continue
    const destination = route.channel === authorChannel ? facts.author : route.channel
    // An author whom Slack does not know is no reason to tell nobody.
    if (destination === null) continue
    chosen.push({ route, destination })
    if (!route.all) break
  }
  return chosen
}

function fits(route: Route, facts: RouteFacts, occasion: Occasion, failing: readonly Failing[]): boolean {
  if (!route.on.includes(occasion) || !fitsPipeline(route, facts)) return false
  return occasion === 'passed' || relevant(route.jobs, failing).length > 0
}

/** Whether a route is for pipelines of this kind. A default branch needs no naming here: telling of it breaks nothing. */
export function fitsPipeline(route: Route, { options, traits }: Pick<RouteFacts, 'options' | 'traits'>): boolean {
  if (route.channel === null || !pathMatcher(route.projects)(traits.projectPath)) return false
  if (traits.child && !route.when.includes('child')) return false
  if (route.when.length === 0) return true
  return matchesAny(route.when, traits, options.conditions, { protectedRefs: 'any' }).matched !== null
}

/** What of it counts for a route that asks for some jobs only. */
export const relevant = (jobs: readonly string[], failing: readonly Failing[]): Failing[] =>
  jobs.length === 0 ? [...failing] : failing.filter(({ name }) => nameMatcher(jobs)(name))

/** Who hears of something that failed, by destination: of the failure, of its end, or of both. */
export function hearingsFor(facts: RouteFacts, failing: readonly Failing[]): Map<string, Hearing> {
  const hearings = new Map<string, Hearing>()
  const told = [
    ...routesFor(facts, 'failed', failing).map((chosen) => ({ ...chosen, occasion: 'failed' as const })),
    ...routesFor(facts, 'recovered', failing).map((chosen) => ({ ...chosen, occasion: 'recovered' as const })),
  ]
  for (const { route, destination, occasion } of told) {
    const hearing: Hearing = { tells: [occasion], jobs: route.jobs, mention: route.mention }
    hearings.set(destination, bothOf(hearings.get(destination), hearing))
  }
  return hearings
}

/** What several routes to one destination want to hear: one of them may ask for some jobs, and another for others. */
export function bothOf(one: Hearing | undefined, other: Hearing): Hearing {
  if (!one) return other
  const asksForAll = one.jobs.length === 0 || other.jobs.length === 0
  return {
    tells: [...new Set([...one.tells, ...other.tells])],
    jobs: asksForAll ? [] : [...new Set([...one.jobs, ...other.jobs])],
    mention: [...new Set([...one.mention, ...other.mention])],
  }
}
