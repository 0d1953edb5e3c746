import type { RetriedTest } from '../../../src/reports/retried-tests/types.ts'
import { withoutCheckout } from './identity.ts'
import type { Verdict } from './types.ts'

/** Tests that the project itself lists as retried, in the verdicts; and those that only the list knows. */
export type Listed = { tests: Verdict[]; others: RetriedTest[] }

const cleaned = (text: string): string => text.split(/\s+/).join(' ').trim()
const withoutDot = (id: string): string => (id.startsWith('./') ? id.slice(2) : id)

/** An id holds its file; a description may be that of a test in another file. */
const isInSameFile = ({ file }: Verdict, retried: RetriedTest): boolean =>
  file === null || retried.file === null || retried.file === withoutCheckout(file)

const indexByName = (retried: readonly RetriedTest[]): Map<string, RetriedTest[]> => {
  const index = new Map<string, RetriedTest[]>()
  for (const test of retried) {
    for (const name of [test.id && withoutDot(test.id), test.description && cleaned(test.description)]) {
      if (!name) continue
      const same = index.get(name)
      if (same) same.push(test)
      else index.set(name, [test])
    }
  }
  return index
}

/** What only failed stays failed: a list that was written before the retry ended must not hide a failure. */
const asListed = (verdict: Verdict): Verdict =>
  verdict.class === 'passed' || (verdict.class === 'flaky' && verdict.confidence !== 'high')
    ? { ...verdict, class: 'flaky', confidence: 'high', evidence: 'listed' }
    : verdict

/** Each test that one of the project's own retried-tests reports lists, by id or description, is flaky. */
export const markListed = (verdicts: readonly Verdict[], retried: readonly RetriedTest[]): Listed => {
  const index = indexByName(retried)
  const known = new Set<RetriedTest>()
  const tests = verdicts.map((verdict) => {
    const { name, classname } = verdict.identity
    const matching = [withoutDot(name), `${classname} ${name}`]
      .flatMap((key) => index.get(key) ?? [])
      .filter((test) => isInSameFile(verdict, test))
    for (const test of matching) known.add(test)
    return matching.length > 0 ? asListed(verdict) : verdict
  })
  return { tests, others: retried.filter((test) => !known.has(test)) }
}
