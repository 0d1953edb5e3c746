import { fingerprint } from './fingerprint.ts'
import type { Group, Run } from './group.ts'
import { compareAttempts, compareText, groupBy } from './order.ts'
import type { Attempt, Incident } from './types.ts'

/** Fewer failures are never an incident, whatever their share. */
const fewestFailures = 20
/** Of ten failed tests the next attempt must pass nine. */
const recoveredOfTen = 9

type Tally = { attempt: Attempt; ran: number; failed: number }

/** Names an attempt: several entries of one attempt (its files) count together. */
export const attemptKey = ({ sha, pipeline, job, attempt }: Attempt): string =>
  JSON.stringify([sha, job, pipeline, attempt])

type Side = { attempt: Attempt; passed: boolean; failed: boolean }

/** What happened to one test in each attempt that ran it. */
const sidesOf = (runs: readonly Run[]): Map<string, Side> => {
  const sides = new Map<string, Side>()
  for (const { attempt, outcome } of runs) {
    if (outcome.status === 'skipped') continue
    const key = attemptKey(attempt)
    const side = sides.get(key) ?? { attempt, passed: false, failed: false }
    side.passed ||= outcome.status === 'passed'
    side.failed ||= outcome.status === 'failed'
    sides.set(key, side)
  }
  return sides
}

/** Spares the counting when nothing can come of it. */
const mayBeIncident = ({ reports }: Attempt): boolean =>
  reports.some(({ outcomes }) => outcomes.some(({ status }) => status === 'failed'))

const tallyAttempts = (groups: readonly Group[]): Map<string, Tally> => {
  const tallies = new Map<string, Tally>()
  for (const { runs } of groups) {
    for (const [key, { attempt, passed, failed }] of sidesOf(runs)) {
      const tally = tallies.get(key) ?? { attempt, ran: 0, failed: 0 }
      tally.ran += 1
      if (failed && !passed) tally.failed += 1
      tallies.set(key, tally)
    }
  }
  return tallies
}

/** The next attempt of the same job on the same commit, in this pipeline or a later one. */
const attemptAfter = (attempt: Attempt, all: readonly Attempt[]): Attempt | undefined =>
  all
    .filter(({ sha, job }) => sha === attempt.sha && job === attempt.job)
    .filter((other) => compareAttempts(attempt, other) < 0)
    .sort(compareAttempts)[0]

/** The message that most failures share, in the wording of the first by alphabet. */
const commonMessage = (messages: readonly string[]): string | null => {
  const byCause = groupBy([...messages].sort(compareText), fingerprint)
  const [most] = [...byCause.entries()].sort(
    ([left, { length: leftCount }], [right, { length: rightCount }]) =>
      rightCount - leftCount || compareText(left, right),
  )
  return most?.[1][0] ?? null
}

const incidentOf = ({ attempt, ran, failed }: Tally, next: Attempt, groups: readonly Group[]): Incident | null => {
  const [key, nextKey] = [attemptKey(attempt), attemptKey(next)]
  const messages: string[] = []
  let recovered = 0
  for (const { runs } of groups) {
    const sides = sidesOf(runs)
    const side = sides.get(key)
    if (!side?.failed || side.passed) continue
    if (sides.get(nextKey)?.passed) recovered += 1
    for (const { attempt, outcome } of runs) {
      if (attemptKey(attempt) === key && outcome.message !== null) messages.push(outcome.message)
    }
  }
  if (recovered * 10 < failed * recoveredOfTen) return null
  const { job, pipeline, sha } = attempt
  return { job, pipeline, sha, attempt: attempt.attempt, failed, ran, recovered, message: commonMessage(messages) }
}

/** Attempts in which nearly everything failed and that the next attempt disproved: one cause, not many flaky tests. */
export const findIncidents = (
  groups: readonly Group[],
  attempts: readonly Attempt[],
  massFailure: number,
): { incidents: Incident[]; keys: Set<string> } => {
  const keys = new Set<string>()
  if (attempts.length < 2 || !attempts.some(mayBeIncident)) return { incidents: [], keys }
  const incidents = [...tallyAttempts(groups).values()]
    .filter(({ failed, ran }) => failed >= fewestFailures && failed >= massFailure * ran)
    .sort((left, right) => compareAttempts(left.attempt, right.attempt))
    .flatMap((tally) => {
      const next = attemptAfter(tally.attempt, attempts)
      const incident = next ? incidentOf(tally, next, groups) : null
      if (incident) keys.add(attemptKey(tally.attempt))
      return incident ? [incident] : []
    })
  return { incidents, keys }
}
