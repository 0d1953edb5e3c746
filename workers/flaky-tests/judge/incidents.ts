import { fingerprint } from '../../../src/fingerprint.ts'
import type { Group, Run } from './group.ts'
import { compareAttempts, compareText, groupBy } from './order.ts'
import type { Attempt, Incident } from './types.ts'

/** Fewer failures are never an incident, whatever their share. */
const fewestFailures = 20
/** Of ten failed tests the next attempt must pass nine. */
const recoveredOfTen = 9

/** Names an attempt: several entries of one attempt (its files) count together. */
export const attemptKey = ({ sha, pipeline, job, attempt }: Pick<Attempt, 'sha' | 'pipeline' | 'job' | 'attempt'>) =>
  JSON.stringify([sha, job, pipeline, attempt])

/** What happened to one test in one attempt. */
type Side = 'passed' | 'failed' | 'both' | 'skipped'
type Tally = { attempt: Attempt; ran: number; failed: number }

const sideOf = (runs: readonly Run[], isIn: (attempt: Attempt) => boolean): Side => {
  let [passed, failed] = [false, false]
  for (const { attempt, outcome } of runs) {
    if (!isIn(attempt)) continue
    passed ||= outcome.status === 'passed'
    failed ||= outcome.status === 'failed'
  }
  if (passed && failed) return 'both'
  if (passed) return 'passed'
  return failed ? 'failed' : 'skipped'
}

const failuresIn = ({ reports }: Attempt): number =>
  reports.reduce((sum, { outcomes }) => sum + outcomes.filter(({ status }) => status === 'failed').length, 0)

/** One entry for each attempt that has failures enough, with all entries of the same attempt. */
const suspects = (attempts: readonly Attempt[]): { attempt: Attempt; entries: Set<Attempt> }[] =>
  [...groupBy(attempts, attemptKey).values()]
    .filter((entries) => entries.reduce((sum, entry) => sum + failuresIn(entry), 0) >= fewestFailures)
    .flatMap((entries) => entries.slice(0, 1).map((attempt) => ({ attempt, entries: new Set(entries) })))

const tally = (groups: readonly Group[], attempt: Attempt, entries: ReadonlySet<Attempt>): Tally => {
  const counted = { attempt, ran: 0, failed: 0 }
  for (const { runs } of groups) {
    const side = sideOf(runs, (other) => entries.has(other))
    if (side !== 'skipped') counted.ran += 1
    if (side === 'failed') counted.failed += 1
  }
  return counted
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
    const isHere = (other: Attempt) => attemptKey(other) === key
    if (sideOf(runs, isHere) !== 'failed') continue
    const after = sideOf(runs, (other) => attemptKey(other) === nextKey)
    if (after === 'passed' || after === 'both') recovered += 1
    for (const run of runs) if (isHere(run.attempt) && run.outcome.message !== null) messages.push(run.outcome.message)
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
  const incidents = suspects(attempts)
    .map(({ attempt, entries }) => ({ next: attemptAfter(attempt, attempts), attempt, entries }))
    .flatMap(({ next, attempt, entries }) => (next ? [{ next, ...tally(groups, attempt, entries) }] : []))
    .filter(({ failed, ran }) => failed >= fewestFailures && failed >= massFailure * ran)
    .flatMap(({ next, ...counted }) => incidentOf(counted, next, groups) ?? [])
    .sort(compareAttempts)
  return { incidents, keys: new Set(incidents.map(attemptKey)) }
}
