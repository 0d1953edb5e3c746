import type { Producer, TestOutcome } from './types.ts'

const roots: Record<string, Producer> = { 'jest tests': 'jest', 'vitest tests': 'vitest', 'Mocha Tests': 'mocha' }
const rspecSuite = /^rspec\d{0,6}$/

/** Who wrote a report, told by the names that its writer cannot change easily; null for all others. */
export const producerOf = (
  root: { name: string | null; hasId: boolean },
  first: Pick<TestOutcome, 'suite' | 'classname' | 'hostname'> | undefined,
): Producer | null => {
  const known = root.name === null ? undefined : Object.hasOwn(roots, root.name) ? roots[root.name] : undefined
  if (known) return known
  if (first?.suite === 'pytest') return 'pytest'
  if (rspecSuite.test(first?.suite ?? '')) return 'rspec'
  const playwright = root.hasId && first?.hostname !== null && first?.suite === first?.classname
  return first && playwright ? 'playwright' : null
}
