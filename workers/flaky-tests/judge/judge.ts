import { groupRuns } from './group.ts'
import { findHiddenRetries } from './hints.ts'
import { isSetupScript } from './identity.ts'
import { findIncidents } from './incidents.ts'
import { compareAttempts } from './order.ts'
import { foldParents } from './parents.ts'
import type { Attempt, Judgement, JudgeOptions, UnseenAttempt } from './types.ts'
import { setupVerdictOf, verdictOf } from './verdict.ts'

const countUnnamed = (attempts: readonly Attempt[]): Judgement['unnamed'] => {
  const unnamed = { total: 0, failed: 0 }
  for (const { reports } of attempts) {
    for (const { outcomes } of reports) {
      for (const { name, status } of outcomes) {
        if (name === null) unnamed.total += 1
        if (name === null && status === 'failed') unnamed.failed += 1
      }
    }
  }
  return unnamed
}

const findUnseen = (attempts: readonly Attempt[]): UnseenAttempt[] =>
  attempts
    .filter(({ reports }) => reports.length === 0)
    .sort(compareAttempts)
    .map(({ job, pipeline, sha, attempt, failureReason }) => ({ job, pipeline, sha, attempt, failureReason }))

/** Tells flaky tests from real failures by all attempts of one or more commits; the order of the inputs never matters. */
export const judge = (attempts: readonly Attempt[], { massFailure = 0.5 }: JudgeOptions = {}): Judgement => {
  const groups = groupRuns(attempts)
  const tests = groups.filter(({ identity }) => !isSetupScript(identity.suite))
  const setups = groups.filter(({ identity }) => isSetupScript(identity.suite))
  const { incidents, keys } = findIncidents(tests, attempts, massFailure)
  return {
    tests: foldParents(tests.map((group) => verdictOf(group, keys))),
    setupScripts: setups.map(setupVerdictOf),
    unnamed: countUnnamed(attempts),
    incidents,
    hiddenRetries: findHiddenRetries(attempts),
    unseen: findUnseen(attempts),
  }
}
