import type { TestOutcome } from '../../../src/reports/junit/types.ts'
import { jobIdentity } from './identity.ts'
import type { Attempt } from './types.ts'

/** What tells suites of one name apart. */
export type Differing = { hostname: boolean; package: boolean }

type Noted = { first: TestOutcome; hostname: boolean; package: boolean }

const noteSuites = (outcomes: readonly TestOutcome[]): Map<string | null, Noted> => {
  const noted = new Map<string | null, Noted>()
  for (const outcome of outcomes) {
    const note = noted.get(outcome.suite)
    if (!note) {
      noted.set(outcome.suite, { first: outcome, hostname: false, package: false })
      continue
    }
    note.hostname ||= note.first.hostname !== outcome.hostname
    note.package ||= note.first.package !== outcome.package
  }
  return noted
}

/**
 * Suites of one name in one report that differ in host name or package, by JSON of job and suite:
 * Playwright's projects differ in nothing else.
 */
export const differingSuites = (attempts: readonly Attempt[]): Map<string, Differing> => {
  const differing = new Map<string, Differing>()
  for (const { job, reports } of attempts) {
    for (const [suite, note] of reports.flatMap(({ outcomes }) => [...noteSuites(outcomes)])) {
      if (!note.hostname && !note.package) continue
      const key = JSON.stringify([jobIdentity(job), suite])
      const known = differing.get(key)
      differing.set(key, {
        hostname: note.hostname || (known?.hostname ?? false),
        package: note.package || (known?.package ?? false),
      })
    }
  }
  return differing
}

export const variantOf = (outcome: TestOutcome, differing: Differing | undefined): string => {
  if (!differing) return ''
  const parts = [differing.hostname ? outcome.hostname : null, differing.package ? outcome.package : null]
  return parts.filter((part) => part !== null && part !== '').join(' ')
}
