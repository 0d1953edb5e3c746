import { describe, expect, it } from 'vitest'
import { matchesPaths } from '../src/changes.ts'

describe('changed paths', () => {
  const PATTERNS = { docs: ['doc/**', '**/*.md'], ci: ['.gitlab-ci.yml'] }
  const CASES: [lists: string[], paths: string[], all: boolean, any: boolean][] = [
    [['docs'], ['doc/a.txt', 'README.md'], true, true],
    [['docs'], ['doc/a.txt', 'src/a.ts'], false, true],
    [['docs', 'ci'], ['README.md', '.gitlab-ci.yml'], true, true],
    [['ci'], ['README.md'], false, false],
    [['docs'], [], false, false],
    [[], ['README.md'], false, false],
    [['unheard_of'], ['README.md'], false, false],
  ]

  it.each(CASES)('of the lists %j and the paths %j, all: %j, any: %j', (lists, paths, all, any) => {
    expect(matchesPaths(lists, paths, 'all', PATTERNS)).toBe(all)
    expect(matchesPaths(lists, paths, 'any', PATTERNS)).toBe(any)
  })
})
