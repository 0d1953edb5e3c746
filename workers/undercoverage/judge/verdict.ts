import { errorsIn, staleIn } from './errors.ts'
import { failuresIn } from './failures.ts'
import type { Background, Facts, Reason } from './reason.ts'
import type { GateOptions, Judgement } from './types.ts'
import { count, percentText } from './words.ts'

type Conclusion = Pick<Judgement, 'verdict' | 'because' | 'reasons' | 'fix'>

/** The first of error, stale and fail that anything speaks for, else pass. */
export function conclude(facts: Facts, background: Background): Conclusion {
  const failures = failuresIn(facts, background.input.options)
  const errors = errorsIn(facts, background, failures.length > 0)
  if (errors.length > 0) return as('error', errors)
  const stale = staleIn(background)
  if (stale.length > 0) return as('stale', stale)
  if (failures.length > 0) return as('fail', failures)
  return as('pass', [{ because: passText(facts, background.input.options), fix: null }])
}

const as = (verdict: Judgement['verdict'], reasons: readonly Reason[]): Conclusion => ({
  verdict,
  because: reasons[0]?.because ?? '',
  reasons: reasons.map(({ because }) => because),
  fix: reasons.find(({ fix }) => fix !== null)?.fix ?? null,
})

const allOf = (measured: number): string =>
  measured === 1 ? 'the only measured changed line is' : `all ${measured} measured changed lines are`

function passText({ totals, notInReport }: Facts, options: GateOptions): string {
  const missing = notInReport.length > 0 ? `; ${count(notInReport.length, 'changed file')} in no report` : ''
  if (totals.changed === 0) return 'nothing measurable: no line of a measured kind of file is changed'
  if (totals.measured === 0)
    return `nothing measurable: no report has an entry for any of ${count(totals.changed, 'changed line')}${missing}`
  if (totals.uncovered === 0) return `${allOf(totals.measured)} covered${missing}`
  const allowed =
    options.minPercent === null
      ? `${options.maxUncoveredLines} may be uncovered`
      : `at least ${options.minPercent} % are wanted`
  return `${percentText(totals.covered, totals.measured)} of ${count(totals.measured, 'measured changed line')} are covered, ${allowed}${missing}`
}
