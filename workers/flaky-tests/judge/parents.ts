import { keyOf } from './identity.ts'
import { compareText } from './order.ts'
import type { Verdict } from './types.ts'

const parentNames = (name: string): string[] => {
  const parts = name.split('/').slice(0, 32)
  return parts.slice(1).map((_, index) => parts.slice(0, index + 1).join('/'))
}

/**
 * Go's parents fail with their subtests: a flaky one is folded into the deepest flaky subtest, the first by name.
 */
export const foldParents = (verdicts: readonly Verdict[]): Verdict[] => {
  const flaky = new Map(
    verdicts.filter((verdict) => verdict.class === 'flaky').map((verdict) => [verdict.key, verdict]),
  )
  const subtests = [...flaky.values()].filter(({ identity }) => identity.name.includes('/'))
  if (subtests.length === 0) return [...verdicts]
  const depth = ({ identity }: Verdict) => identity.name.split('/').length
  const deepestFirst = subtests.sort((left, right) => depth(right) - depth(left) || compareText(left.key, right.key))
  const foldedInto = new Map<string, string>()
  for (const { identity } of deepestFirst) {
    for (const name of parentNames(identity.name)) {
      const key = keyOf({ ...identity, name })
      if (flaky.has(key) && !foldedInto.has(key)) foldedInto.set(key, identity.name)
    }
  }
  return verdicts.map((verdict) => {
    const child = foldedInto.get(verdict.key)
    return child === undefined ? verdict : { ...verdict, foldedInto: child }
  })
}
