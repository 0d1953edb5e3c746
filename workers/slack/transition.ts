import type { Failing, Incident } from '../../src/incident.ts'

/** What a pipeline says about its subject. */
export type Observation = {
  pipeline: number
  /** How it came about; a pipeline mends what failed in one of its own kind. */
  source: string
  /** In milliseconds since the epoch. */
  now: number
  outcome: 'red' | 'green'
  failing: readonly Failing[]
  /** Names of what succeeded: that is mended, whatever kind of pipeline it failed in. */
  passed: readonly string[]
  /** A newer pipeline of its kind that succeeded; null: there is none, or nobody had to know. */
  newerGreen: number | null
}

export type Transition = {
  kind: 'new' | 'same' | 'changed' | 'recovered' | 'nothing'
  because: string
  /** What is failing from now on. */
  failing: Failing[]
  /** What is failing only now, and what is not failing any more. */
  added: Failing[]
  mended: Failing[]
}

/**
 * Pipelines of these sources run the same jobs each time. A branch has many schedules, and what starts pipelines by hand
 * or by token wants another thing each time: there one pipeline says nothing about what another one ran.
 */
const steadySources = new Set(['push', 'merge_request_event', 'external', 'external_pull_request_event'])

export const isSteady = (source: string): boolean => steadySources.has(source)

/** Nobody runs a job any more that no pipeline of its kind has run for so long: a week is between runs of some schedules. */
const goneAfterMs = 8 * 86_400_000

/** What an observation means, given what people were told; the same for events in any order. */
export function transition(known: Incident | null, seen: Observation): Transition {
  const newest = isSteady(seen.source) ? (known?.seen[seen.source] ?? 0) : 0
  if (newest > seen.pipeline) return nothing(known, `pipeline ${newest} is newer and was taken into account`)
  if (seen.outcome === 'red' && seen.newerGreen !== null)
    return nothing(known, `pipeline ${seen.newerGreen} is newer and succeeded`)
  if (known?.state !== 'red') return fromGreen(known, seen)
  const failing = stillFailing(known, seen)
  const added = failing.filter(({ name }) => !known.failing.some((failed) => failed.name === name))
  const mended = known.failing.filter(({ name }) => !failing.some((failed) => failed.name === name))
  if (failing.length === 0)
    return { kind: 'recovered', because: 'everything that failed is mended', failing, added, mended }
  if (added.length + mended.length === 0) return { kind: 'same', because: sameBecause(seen), failing, added, mended }
  return { kind: 'changed', because: 'other jobs fail than before', failing, added, mended }
}

function fromGreen(known: Incident | null, { outcome, failing }: Observation): Transition {
  if (outcome === 'green') return nothing(known, 'nothing was red')
  const added = [...failing]
  return { kind: 'new', because: 'it was not red before', failing: added, added, mended: [] }
}

const nothing = (known: Incident | null, because: string): Transition => ({
  kind: 'nothing',
  because,
  failing: known?.failing ?? [],
  added: [],
  mended: [],
})

const sameBecause = ({ outcome }: Observation) =>
  outcome === 'red' ? 'the same jobs fail as before' : 'it did not run what failed'

/** What failed before and was not mended, and what fails now; the newest failure of each name. */
function stillFailing(known: Incident, seen: Observation): Failing[] {
  const left = known.failing.filter((failed) => !isMended(failed, seen))
  const isNewer = (failed: Failing) => seen.failing.every(({ name }) => name !== failed.name) || isLater(failed, seen)
  const kept = left.filter(isNewer)
  return [...kept, ...seen.failing.filter(({ name }) => kept.every((failed) => failed.name !== name))]
}

function isMended(failed: Failing, seen: Observation): boolean {
  if (isLater(failed, seen)) return false
  if (seen.passed.includes(failed.name) || (failed.kind === 'pipeline' && seen.outcome === 'green')) return true
  if (failed.source !== seen.source) return false
  // Statuses that succeeded are not among what passed.
  if (failed.kind === 'status' && seen.outcome === 'green') return true
  return isSteady(seen.source) || failed.pipeline === seen.pipeline || seen.now - failed.at > goneAfterMs
}

const isLater = (failed: Failing, seen: Observation) => failed.pipeline > seen.pipeline
