import type { Matcher } from '../../src/match.ts'

/** Names; a project has a few hundred, and the same ones in every pipeline. */
const most = 20_000

const known = new WeakMap<Matcher, Map<string, boolean>>()

/** Remembers what was matched: a pipeline of 300 jobs tells all of their names with each of its events. */
export function remembering(matches: Matcher): Matcher {
  const names = known.get(matches) ?? new Map<string, boolean>()
  known.set(matches, names)
  return (name) => {
    const found = names.get(name)
    if (found !== undefined) return found
    if (names.size >= most) names.clear()
    const result = matches(name)
    names.set(name, result)
    return result
  }
}
