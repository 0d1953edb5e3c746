import type { Readers } from '../../../src/readers.ts'
import { hysteresisOf } from '../../../src/store/tests/hysteresis.ts'
import { stateOf } from '../../../src/store/tests/record.ts'
import type { Origin, TestEvent, TestRecord } from '../../../src/store/tests/types.ts'
import type { TestHistory } from '../facts.ts'
import type { FlakyTestsReactionOptions } from '../options.ts'
import type { Judged } from '../results/types.ts'

type Place = { project: number; pipeline: number; origin: Origin; now: number }

/** What is known of the failed and flaky tests from before this pipeline. */
export async function readHistory(
  read: Readers,
  { failed, flaky }: Judged,
  place: Place,
  { flakyTests }: FlakyTestsReactionOptions,
): Promise<{ [id: string]: TestHistory }> {
  const tests = [...failed, ...flaky]
  if (tests.length === 0) return {}
  const jobs = [...new Set(tests.map(({ identity }) => identity.job))]
  const ids = tests.map(({ id }) => id)
  const [records, runs] = await Promise.all([
    read.history.records(place.project, ids),
    read.history.runs(place.project, jobs, { ...place, window: flakyTests.window }),
  ])
  const known = tests.flatMap(({ id, identity }) => {
    const record = records.get(id)
    if (!record) return []
    return [[id, historyOf(record, runs.get(identity.job) ?? 0, place, flakyTests)] as const]
  })
  return Object.fromEntries(known)
}

function historyOf(
  record: TestRecord,
  runs: number,
  { pipeline, origin, now }: Place,
  flakyTests: FlakyTestsReactionOptions['flakyTests'],
): TestHistory {
  const before = record.events.filter((event) => event.pipeline !== pipeline)
  const inWindow = before.filter(({ at }) => now - at < flakyTests.window / 1000)
  return {
    state: stateOf(record, now, hysteresisOf(flakyTests)),
    failures: inWindow.length,
    runs: Math.max(runs, inWindow.length),
    last: before.at(-1)?.origin ?? null,
    knownFlaky: before.some((event) => isElsewhere(event, origin)),
  }
}

/** Off merge requests there is nobody whose own flaky test it could be. */
const isElsewhere = ({ verdict, origin }: TestEvent, here: Origin): boolean =>
  verdict === 'flaky' && (origin !== here || typeof here !== 'number')
