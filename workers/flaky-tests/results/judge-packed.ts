import type { TestOutcome } from '../../../src/reports/junit/types.ts'
import type { RetriedTest } from '../../../src/reports/retried-tests/types.ts'
import { idOfTest } from '../../../src/store/tests/identify.ts'
import { jobIdentity } from '../judge/identity.ts'
import { judge } from '../judge/judge.ts'
import { markListed } from '../judge/listed.ts'
import type { Attempt, TestClass, Verdict } from '../judge/types.ts'
import { unpackResults } from './pack.ts'
import { type Judged, type JudgedTest, type JudgeTask, type PackedAttempt, testsJudged } from './types.ts'

const messageChars = 300
const listedChars = 200
/** Fewer failures are never taken for a mass failure. */
const fewestMassFailures = 20

/** Where a failure was seen last. */
type Place = { job: number; mass: boolean }

/** Judges what was packed: unpacking and judging tens of thousands of tests blocks, so this runs in the thread. */
export const judgePacked = ({ attempts: packed, massFailure, watched }: JudgeTask): Judged => {
  const read = packed.map((attempt) => ({ attempt, results: attempt.bytes && unpackResults(attempt.bytes) }))
  const attempts = read.map(({ attempt, results }) => attemptOf(attempt, results?.reports ?? []))
  const judgement = judge(attempts, { massFailure })
  const listed = markListed(
    judgement.tests,
    read.flatMap(({ results }) => results?.retried ?? []),
  )
  const verdicts = listed.tests.filter(({ foldedInto }) => foldedInto === null)
  const places = placesOf(packed, attempts, massFailure)
  return {
    counts: countsOf(verdicts),
    failed: testsOf(verdicts, 'failed', places),
    flaky: testsOf(verdicts, 'flaky', places),
    passed: passedOf(verdicts, watched),
    jobs: [...new Set(attempts.filter(({ reports }) => reports.length > 0).map(({ job }) => jobIdentity(job)))].sort(),
    incidents: judgement.incidents,
    hiddenRetries: judgement.hiddenRetries,
    unnamedFailures: judgement.unnamed.failed,
    listedOnly: listed.others.slice(0, testsJudged).map(titleOf),
  }
}

const attemptOf = ({ pipeline, sha, job, attempt, failureReason }: PackedAttempt, reports: Attempt['reports']) => ({
  pipeline,
  sha,
  job,
  attempt,
  failureReason,
  reports,
})

const titleOf = ({ description, id }: RetriedTest): string => (description ?? id ?? '').slice(0, listedChars)

const countsOf = (verdicts: readonly Verdict[]): Record<TestClass, number> => {
  const counts = { passed: 0, flaky: 0, failed: 0, skipped: 0 }
  for (const verdict of verdicts) counts[verdict.class] += 1
  return counts
}

const testsOf = (verdicts: readonly Verdict[], wanted: JudgedTest['class'], places: Map<string, Place>): JudgedTest[] =>
  verdicts
    .filter((verdict) => verdict.class === wanted)
    .slice(0, testsJudged)
    .map((verdict) => ({
      id: idOfTest(verdict.key),
      identity: verdict.identity,
      file: verdict.file,
      class: wanted,
      evidence: verdict.evidence,
      confidence: verdict.confidence,
      failedAttempts: verdict.failedAttempts,
      failsJob: verdict.failsJob,
      message: (verdict.message ?? '').slice(0, messageChars),
      ...(places.get(placeKey(verdict.identity.job, verdict.identity)) ?? { job: 0, mass: false }),
    }))

const passedOf = (verdicts: readonly Verdict[], watched: readonly string[]): string[] => {
  if (watched.length === 0) return []
  const wanted = new Set(watched)
  return verdicts
    .filter((verdict) => verdict.class === 'passed')
    .map(({ key }) => idOfTest(key))
    .filter((id) => wanted.has(id))
}

const placeKey = (job: string, { classname, name }: { classname: string | null; name: string | null }): string =>
  `${job}\u0000${classname ?? ''}\u0000${name ?? ''}`

const isFailure = ({ status, flakyAttempts }: TestOutcome): boolean => status === 'failed' || flakyAttempts > 0

const placesOf = (packed: readonly PackedAttempt[], attempts: readonly Attempt[], massFailure: number) => {
  const places = new Map<string, Place>()
  for (const [index, { job, reports }] of attempts.entries()) {
    const outcomes = reports.flatMap((report) => report.outcomes)
    const mass = isMassFailure(outcomes, massFailure)
    for (const outcome of outcomes) {
      if (!isFailure(outcome)) continue
      places.set(placeKey(jobIdentity(job), outcome), { job: packed[index]?.id ?? 0, mass })
    }
  }
  return places
}

const isMassFailure = (outcomes: readonly TestOutcome[], share: number): boolean => {
  const ran = outcomes.filter(({ status }) => status !== 'skipped').length
  const failed = outcomes.filter(({ status }) => status === 'failed').length
  return failed >= fewestMassFailures && failed >= share * ran
}
