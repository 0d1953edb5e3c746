import { hysteresisOf } from '../../src/store/tests/hysteresis.ts'
import { isEmptyUpdate, type TestUpdate } from '../../src/store/tests/update.ts'
import type { FlakyTestsFacts } from './facts.ts'
import { isProven } from './proven.ts'
import type { Judged, JudgedTest } from './results/types.ts'

const messageChars = 160

/**
 * What is to be remembered; null: nothing. A pass or a failure counts when the pipeline is over, for until then a retry
 * may turn it; flakiness is proven as soon as it shows.
 */
export function updateOf(facts: FlakyTestsFacts): TestUpdate | null {
  const { project, pipeline, now, options, judged, attempt, retries } = facts
  const isOver = attempt === null && isFinal(facts)
  const update: TestUpdate = {
    project,
    pipeline: pipeline.id,
    commit: pipeline.sha,
    at: now,
    origin: pipeline.origin,
    hysteresis: hysteresisOf(options.flakyTests),
    ran: isOver ? (judged?.jobs ?? []) : [],
    verdicts: judged ? verdictsOf(judged, isOver) : [],
    passed: isOver && judged ? judged.passed.map((id) => ({ id, explained: facts.explained[id] ?? null })) : [],
    retries,
  }
  return isEmptyUpdate(update) ? null : update
}

const isFinal = ({ pipeline }: FlakyTestsFacts): boolean =>
  pipeline.status === 'success' || pipeline.status === 'failed'

/** Failures with nearly everything else say nothing about a test. */
function verdictsOf({ failed, flaky }: Judged, isOver: boolean): TestUpdate['verdicts'] {
  const counted = [
    ...flaky.filter(isProven).map((test) => ({ test, verdict: 'flaky' as const })),
    ...(isOver ? failed.filter(({ mass }) => !mass).map((test) => ({ test, verdict: 'failed' as const })) : []),
  ]
  return counted.map(({ test, verdict }) => ({
    id: test.id,
    test: { ...test.identity, file: test.file },
    verdict,
    job: test.job,
    message: firstLine(test),
  }))
}

const firstLine = ({ message }: JudgedTest): string => (message.split('\n', 1)[0] ?? '').slice(0, messageChars)
