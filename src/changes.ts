import { pathMatcher } from './match.ts'

/**
 * Whether changed paths are in the named lists of patterns: `all` of them, each in one of the lists, or `any`.
 *
 * Where nothing changed, nothing is in a list.
 */
export const matchesPaths = (
  listNames: readonly string[],
  paths: readonly string[],
  which: 'all' | 'any',
  patterns: Readonly<Record<string, readonly string[]>>,
): boolean => {
  const matchers = listNames.map((name) => pathMatcher(patterns[name] ?? []))
  const inList = (path: string): boolean => matchers.some((matches) => matches(path))
  return which === 'any' ? paths.some(inList) : paths.length > 0 && paths.every(inList)
}
