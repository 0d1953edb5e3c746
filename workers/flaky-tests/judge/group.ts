import type { TestOutcome } from '../../../src/reports/junit/types.ts'
import { jobIdentity, keyOf, suiteAsReported, suiteIdentity, withoutCheckout } from './identity.ts'
import type { Attempt, AttemptReport, TestIdentity } from './types.ts'

/** One outcome with where it comes from. */
export type Run = { attempt: Attempt; report: AttemptReport; suite: string; outcome: TestOutcome }

/** All runs of one test. */
export type Group = { key: string; identity: TestIdentity; runs: Run[] }

type Differing = { hostname: boolean; package: boolean }

/** Suites of one name in one report that differ in host name or package: Playwright's projects differ in nothing else. */
const differingSuites = (attempts: readonly Attempt[]): Map<string, Differing> => {
  const differing = new Map<string, Differing>()
  const reports = attempts.flatMap(({ job, reports }) => reports.map((report) => ({ job: jobIdentity(job), report })))
  for (const { job, report } of reports) {
    const seen = new Map<string, TestOutcome>()
    for (const outcome of report.outcomes) {
      const suite = outcome.suite ?? ''
      const first = seen.get(suite)
      if (!first) seen.set(suite, outcome)
      else if (first.hostname !== outcome.hostname || first.package !== outcome.package) {
        const known = differing.get(`${job}\u0000${suite}`)
        differing.set(`${job}\u0000${suite}`, {
          hostname: known?.hostname || first.hostname !== outcome.hostname,
          package: known?.package || first.package !== outcome.package,
        })
      }
    }
  }
  return differing
}

const variantOf = (outcome: TestOutcome, differing: Differing | undefined): string => {
  if (!differing) return ''
  const parts = [differing.hostname ? outcome.hostname : null, differing.package ? outcome.package : null]
  return parts.filter((part) => part !== null && part !== '').join(' ')
}

const fileOf = ({ outcome }: Run): string => withoutCheckout(outcome.file ?? '')

/** Two runs in one report with different files are two tests. */
const hasTwins = ({ runs }: Group): boolean => {
  const files = new Map<AttemptReport, string>()
  for (const run of runs) {
    const known = files.get(run.report)
    if (known !== undefined && known !== fileOf(run)) return true
    files.set(run.report, fileOf(run))
  }
  return false
}

const splitByFile = (group: Group): Group[] => {
  if (group.runs.length < 2 || !hasTwins(group)) return [group]
  const parts = new Map<string, Group>()
  for (const run of group.runs) {
    const file = fileOf(run)
    const identity = { ...group.identity, variant: [group.identity.variant, file].filter(Boolean).join(' ') }
    const part = parts.get(file) ?? { key: keyOf(identity), identity, runs: [] }
    parts.set(file, part)
    part.runs.push(run)
  }
  return [...parts.values()]
}

/** The runs of each named test. */
export const groupRuns = (attempts: readonly Attempt[]): Group[] => {
  const differing = differingSuites(attempts)
  const groups = new Map<string, Group>()
  const add = (attempt: Attempt, report: AttemptReport, outcome: TestOutcome, name: string): void => {
    const job = jobIdentity(attempt.job)
    const suite = suiteAsReported(outcome.suite, attempt.job)
    const variant = variantOf(outcome, differing.get(`${job}\u0000${outcome.suite ?? ''}`))
    const identity = { job, suite: suiteIdentity(suite), classname: outcome.classname ?? '', name, variant }
    const key = keyOf(identity)
    const group = groups.get(key)
    const run = { attempt, report, suite, outcome }
    if (group) group.runs.push(run)
    else groups.set(key, { key, identity, runs: [run] })
  }
  for (const attempt of attempts) {
    for (const report of attempt.reports) {
      for (const outcome of report.outcomes) if (outcome.name !== null) add(attempt, report, outcome, outcome.name)
    }
  }
  return [...groups.values()].flatMap(splitByFile)
}
