import type { FailureKind } from '../../../src/reports/junit/types.ts'
import type { Group, Run } from './group.ts'
import { gitlabKey } from './identity.ts'
import { attemptKey } from './incidents.ts'
import { compareRuns, compareText, groupBy } from './order.ts'
import { type Seen, seenIn } from './seen.ts'
import type { Evidence, Verdict } from './types.ts'

type Finding = Pick<Verdict, 'class' | 'confidence' | 'evidence' | 'failedAttempts' | 'failsJob' | 'incident'> & {
  /** Runs whose failure counts. */
  failing: Run[]
  pipeline: number
}

const disagreeWithin = (seen: readonly Seen[], key: (run: Run) => string): boolean =>
  [...groupBy(seen, ({ runs: [run] }) => (run ? key(run) : '')).values()].some(
    (part) => part.some(({ passed }) => passed) && part.some(({ failed }) => failed),
  )

/** The narrowest place in which a pass and a failure met. */
const meetingPlace = (seen: readonly Seen[]): Evidence => {
  if (seen.some(({ insideTestcase }) => insideTestcase)) return 'testcase'
  if (seen.some(({ passed, failed }) => passed && failed)) return 'report'
  if (disagreeWithin(seen, ({ attempt }) => JSON.stringify([attempt.pipeline, attempt.job]))) return 'attempts'
  return disagreeWithin(seen, ({ attempt }) => String(attempt.pipeline)) ? 'shards' : 'pipelines'
}

const wordFor = (seen: readonly Seen[]): Pick<Finding, 'class' | 'confidence' | 'evidence'> => {
  const passed = seen.some((one) => one.passed)
  const failed = seen.some((one) => one.failed)
  const inside = seen.some(({ insideTestcase }) => insideTestcase)
  if (inside || (passed && failed)) return { class: 'flaky', confidence: 'high', evidence: meetingPlace(seen) }
  if (failed) return { class: 'failed', confidence: null, evidence: null }
  if (!passed) return { class: 'skipped', confidence: null, evidence: null }
  if (seen.some((one) => one.declaredAttempts > 1)) {
    return { class: 'flaky', confidence: 'medium', evidence: 'declared' }
  }
  if (seen.some((one) => one.bareRepeats)) return { class: 'flaky', confidence: 'low', evidence: 'bare_repeats' }
  return { class: 'passed', confidence: null, evidence: null }
}

/** Leaves out failures in attempts that were incidents, as long as another attempt tells of the test. */
const withoutIncidents = (seen: readonly Seen[], incidents: ReadonlySet<string>): readonly Seen[] => {
  if (incidents.size === 0) return seen
  const isIncident = ({ runs: [run] }: Seen) => run !== undefined && incidents.has(attemptKey(run.attempt))
  const isKnownElsewhere = seen.some((one) => !isIncident(one) && (one.passed || one.failed))
  return isKnownElsewhere ? seen.filter((one) => !isIncident(one) || !one.failed) : seen
}

const hasFailure = ({ outcome }: Pick<Run, 'outcome'>): boolean =>
  outcome.status === 'failed' || outcome.flakyAttempts > 0 || outcome.rerunAttempts > 0

const isPlainPass = ({ outcome }: Run): boolean =>
  outcome.status === 'passed' && !hasFailure({ outcome }) && (outcome.declaredAttempts ?? 0) < 2

const plainPass: Finding = {
  class: 'passed',
  confidence: null,
  evidence: null,
  failedAttempts: 0,
  failsJob: false,
  incident: false,
  failing: [],
  pipeline: 0,
}

/** What the runs of one commit say together. */
const findAt = (runs: readonly Run[], incidents: ReadonlySet<string>): Finding => {
  const all = seenIn(runs)
  const counted = withoutIncidents(all, incidents)
  const word = wordFor(counted)
  return {
    class: word.class,
    confidence: word.confidence,
    evidence: word.evidence,
    failedAttempts: counted.reduce((sum, { failedAttempts }) => sum + failedAttempts, 0),
    failsJob: counted.some(({ failsJob }) => failsJob),
    incident: counted.length < all.length,
    failing: counted.flatMap((one) => one.runs.filter(hasFailure)).sort(compareRuns),
    pipeline: runs.reduce((latest, { attempt }) => Math.max(latest, attempt.pipeline), 0),
  }
}

/**
 * A failure on one commit and a pass on another is a change, not flakiness: the latest commit has the word,
 * unless it passed what was flaky on an earlier one.
 */
const findAcross = (runs: readonly Run[], incidents: ReadonlySet<string>): Finding => {
  const mayRepeat = runs.length > 1 && runs[0]?.outcome.suite === 'pytest'
  if (!mayRepeat && runs.every(isPlainPass)) return plainPass
  const first = runs[0]?.attempt.sha
  if (runs.every(({ attempt }) => attempt.sha === first)) return findAt(runs, incidents)
  const bySha = [...groupBy(runs, ({ attempt }) => attempt.sha)].sort(([left], [right]) => compareText(left, right))
  const found = bySha.map(([, part]) => findAt(part, incidents)).sort((left, right) => right.pipeline - left.pipeline)
  const latest = found.find((finding) => finding.class !== 'skipped') ?? findAt(runs, incidents)
  if (latest.class === 'failed') return latest
  return found.find((finding) => finding.class === 'flaky') ?? latest
}

/** Of the last attempt that failed; GitLab looks for a failure before an error. */
const kindOf = (failing: readonly Run[]): FailureKind | null => {
  const last = failing.at(-1)
  if (!last) return null
  const key = attemptKey(last.attempt)
  const inLast = failing.filter(({ attempt }) => attemptKey(attempt) === key)
  return inLast.some(({ outcome }) => outcome.kind === 'failure') ? 'failure' : last.outcome.kind
}

const firstOf = (runs: readonly Run[], field: 'message' | 'attachment'): string | null =>
  runs.find(({ outcome }) => outcome[field] !== null)?.outcome[field] ?? null

/** Judges one test by all of its runs. Keys are written out: spreading makes slow objects, seconds for 90,000 tests. */
export const verdictOf = ({ key, identity, runs }: Group, incidents: ReadonlySet<string>): Verdict => {
  const finding = findAcross(runs, incidents)
  const latest = runs.reduce((last, run) => (last && compareRuns(last, run) > 0 ? last : run), runs[0])
  const suites = runs.map(({ suite }) => suite)
  const retried = finding.class === 'passed' && runs.some(({ outcome }) => outcome.retryAttachment)
  return {
    identity,
    key,
    gitlabKey: latest && finding.failing.length > 0 ? gitlabKey(latest.outcome, latest.attempt.job) : null,
    suites: suites.length > 1 ? [...new Set(suites)].sort(compareText) : suites,
    classname: latest?.outcome.classname ?? null,
    file: latest?.outcome.file ?? null,
    class: finding.class,
    kind: finding.class === 'failed' ? kindOf(finding.failing) : null,
    confidence: finding.confidence,
    evidence: finding.evidence,
    failedAttempts: finding.failedAttempts,
    failsJob: finding.failsJob,
    foldedInto: null,
    incident: finding.incident,
    hint: retried ? 'retry_attachment' : null,
    message: firstOf(finding.failing, 'message'),
    attachment: firstOf(finding.failing, 'attachment'),
  }
}

/** A setup script is no test: its last run has the word, and it is never flaky. */
export const setupVerdictOf = (group: Group): Verdict => {
  const last = [...group.runs].sort(compareRuns).slice(-1)
  const verdict = verdictOf({ ...group, runs: last }, new Set())
  if (verdict.class !== 'flaky') return verdict
  return { ...verdict, class: last[0]?.outcome.status ?? 'passed', confidence: null, evidence: null }
}
