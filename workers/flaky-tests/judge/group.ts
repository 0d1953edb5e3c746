import type { TestOutcome } from '../../../src/reports/junit/types.ts'
import { jobIdentity, keyOf, suiteAsReported, suiteIdentity, withoutCheckout } from './identity.ts'
import type { Attempt, AttemptReport, TestIdentity } from './types.ts'
import { differingSuites, variantOf } from './variants.ts'

/** One outcome with where it comes from. */
export type Run = { attempt: Attempt; report: AttemptReport; suite: string; outcome: TestOutcome }

/** All runs of one test. */
export type Group = { key: string; identity: TestIdentity; runs: Run[] }

/** The tests of one suite, by class and name: nested maps, since joined keys cost a second for 90,000 tests. */
type Suite = { job: string; suite: string; variant: string; classes: Map<string, Map<string, Run[]>> }

const fileOf = ({ outcome }: Run): string => withoutCheckout(outcome.file ?? '')

/** Two runs in one report with different files are two tests. */
const hasTwins = (runs: readonly Run[]): boolean => {
  const files = new Map<AttemptReport, string>()
  return runs.some((run) => {
    const file = fileOf(run)
    const known = files.get(run.report)
    files.set(run.report, file)
    return known !== undefined && known !== file
  })
}

const groupOf = (suite: Suite, classname: string, name: string, variant: string, runs: Run[]): Group => {
  const identity = { job: suite.job, suite: suite.suite, classname, name, variant }
  return { key: keyOf(identity), identity, runs }
}

const splitByFile = (suite: Suite, classname: string, name: string, runs: readonly Run[]): Group[] => {
  const files = [...new Set(runs.map(fileOf))].sort()
  return files.map((file) => {
    const variant = [suite.variant, file].filter(Boolean).join(' ')
    const own = runs.filter((run) => fileOf(run) === file)
    return groupOf(suite, classname, name, variant, own)
  })
}

const groupsOf = (suite: Suite): Group[] => {
  const groups: Group[] = []
  for (const classname of [...suite.classes.keys()].sort()) {
    const tests = suite.classes.get(classname) ?? new Map<string, Run[]>()
    for (const name of [...tests.keys()].sort()) {
      const runs = tests.get(name) ?? []
      if (runs.length > 1 && hasTwins(runs)) groups.push(...splitByFile(suite, classname, name, runs))
      else groups.push(groupOf(suite, classname, name, suite.variant, runs))
    }
  }
  return groups
}

const addRun = ({ classes }: Suite, name: string, run: Run): void => {
  const classname = run.outcome.classname ?? ''
  const tests = classes.get(classname) ?? new Map<string, Run[]>()
  if (tests.size === 0) classes.set(classname, tests)
  const runs = tests.get(name)
  if (runs) runs.push(run)
  else tests.set(name, [run])
}

/** The suites of all attempts; outcomes of one suite follow one another, so each is looked up once. */
const collectSuites = (attempts: readonly Attempt[]): Map<string, Suite> => {
  const differing = differingSuites(attempts)
  const suites = new Map<string, Suite>()
  const suiteFor = ({ job: name }: Attempt, outcome: TestOutcome): Suite => {
    const job = jobIdentity(name)
    const suite = suiteIdentity(suiteAsReported(outcome.suite, name))
    const variant = variantOf(outcome, differing.get(JSON.stringify([job, outcome.suite])))
    const key = [job, suite, variant].join('\u0000')
    const found = suites.get(key) ?? { job, suite, variant, classes: new Map() }
    suites.set(key, found)
    return found
  }
  const addReport = (attempt: Attempt, report: AttemptReport): void => {
    let before: TestOutcome | null = null
    let current: { suite: Suite; reported: string } | null = null
    for (const outcome of report.outcomes) {
      if (outcome.name === null) continue
      const same =
        before?.suite === outcome.suite && before.hostname === outcome.hostname && before.package === outcome.package
      if (!current || !same) {
        current = { suite: suiteFor(attempt, outcome), reported: suiteAsReported(outcome.suite, attempt.job) }
      }
      before = outcome
      addRun(current.suite, outcome.name, { attempt, report, suite: current.reported, outcome })
    }
  }
  for (const attempt of attempts) for (const report of attempt.reports) addReport(attempt, report)
  return suites
}

/** The runs of each named test, sorted by identity. */
export const groupRuns = (attempts: readonly Attempt[]): Group[] => {
  const suites = collectSuites(attempts)
  const groups: Group[] = []
  for (const key of [...suites.keys()].sort()) {
    const suite = suites.get(key)
    if (suite) for (const group of groupsOf(suite)) groups.push(group)
  }
  return groups
}
