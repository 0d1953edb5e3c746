import type { Run } from './group.ts'
import type { Attempt } from './types.ts'

export const compareText = (left: string, right: string): number => (left < right ? -1 : left > right ? 1 : 0)

type Place = Pick<Attempt, 'pipeline' | 'attempt' | 'job' | 'sha'>

/** Attempts in the order in which they happened. */
export const compareAttempts = (left: Place, right: Place): number =>
  left.pipeline - right.pipeline ||
  left.attempt - right.attempt ||
  compareText(left.job, right.job) ||
  compareText(left.sha, right.sha)

/** Runs in the order in which they happened; ties are settled by content, so that the order of inputs never shows. */
export const compareRuns = (left: Run, right: Run): number =>
  compareAttempts(left.attempt, right.attempt) ||
  left.outcome.position - right.outcome.position ||
  compareText(left.report.path, right.report.path) ||
  compareText(left.outcome.message ?? '', right.outcome.message ?? '') ||
  compareText(left.outcome.file ?? '', right.outcome.file ?? '') ||
  compareText(left.outcome.attachment ?? '', right.outcome.attachment ?? '')

/** What ES2024 calls `Map.groupBy`. */
export const groupBy = <Item, Key>(items: Iterable<Item>, keyOf: (item: Item) => Key): Map<Key, Item[]> => {
  const groups = new Map<Key, Item[]>()
  for (const item of items) {
    const key = keyOf(item)
    const group = groups.get(key)
    if (group) group.push(item)
    else groups.set(key, [item])
  }
  return groups
}
