import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { labelMatcher, nameMatcher, PatternError, pathMatcher } from '../src/match.ts'
import { anyCharacter } from './support/any-character.ts'

const NAMES: [pattern: string, name: string, fits: boolean][] = [
  ['rspec', 'rspec', true],
  ['rspec', 'rspec unit', false],
  ['*fail-fast*', 'rspec fail-fast', true],
  ['*fail-fast*', 'fail-fast', true],
  ['*fail-fast*', 'fail fast', false],
  ['a*c', 'a/b/c', true],
  ['a?c', 'a/c', true],
  ['a?c', 'ac', false],
  ['a?c', 'a😀c', true],
  ['a**c', 'ac', true],
  ['{rspec,jest} *', 'jest unit', true],
  ['{rspec,jest} *', 'karma unit', false],
  ['{a,b{c,d}}e', 'bde', true],
  ['{a,b{c,d}}e', 'be', false],
  ['{,pre-}test', 'test', true],
  ['{only}', 'only', true],
  ['a,b', 'a,b', true],
  ['test: [ruby 3.2]', 'test: [ruby 3.2]', true],
  ['test: [ruby 3.2]', 'test: r', false],
  ['1.2', '1x2', false],
  ['a|b', 'a', false],
  ['(a)+', '(a)+', true],
  ['^a$', 'a', false],
  ['\\*', '*', true],
  ['\\*', 'a', false],
  ['\\{a\\,b\\}', '{a,b}', true],
  ['\\/a', '/a', true],
  ['*', '', true],
  ['*', 'two\nlines', true],
  ['/^rspec .*/', 'rspec unit', true],
  ['/^rspec .*/', 'an rspec unit', false],
  ['/spec/', 'rspec unit', true],
  ['/SPEC/', 'rspec unit', false],
  ['/SPEC/i', 'rspec unit', true],
  ['/a\\/b/', 'a/b', true],
  ['/^(a+)+$/', `${'a'.repeat(50)}!`, false],
]

const PATHS: [pattern: string, path: string, fits: boolean][] = [
  ['doc/*', 'doc/a.md', true],
  ['doc/*', 'doc/api/a.md', false],
  ['doc/**', 'doc/api/a.md', true],
  ['doc/**', 'doc', false],
  ['doc/**', 'docs/a.md', false],
  ['**/*.md', 'README.md', true],
  ['**/*.md', 'a/b/README.md', true],
  ['**/x', 'x', true],
  ['**/x', 'ax', false],
  ['a/**/b', 'a/b', true],
  ['a/**/b', 'a/x/y/b', true],
  ['a/**/b', 'a/xb', false],
  ['a**b', 'a/x/b', true],
  ['**', 'a/b/c', true],
  ['**', '.gitlab/ci/a.yml', true],
  ['*', '.env', true],
  ['*', 'a/b', false],
  ['a?b', 'a/b', false],
  ['**/.resultset.json', 'coverage/.resultset.json', true],
  ['{src,lib}/**/*.{ts,tsx}', 'lib/a/b.tsx', true],
  ['{src,lib}/**/*.{ts,tsx}', 'lib/a.js', false],
  ['{a/,}**/x', 'x', true],
  ['{a,**}/x', 'x', true],
  ['**/{b,c/**/d}', 'a/c/d', true],
  ['*{*,}', 'a/b', true],
  ['/^src\\/[^/]+$/', 'src/a', true],
  ['/^src\\/[^/]+$/', 'src/a/b', false],
]

const BAD: [pattern: string, position: number][] = [
  ['', 1],
  ['a{b', 2],
  ['{a,{b}', 1],
  ['a}b', 2],
  ['a\\', 2],
  ['/abc', 4],
  ['//', 2],
  ['/a/g', 4],
  ['/ab(c/', 2],
  ['/a[z-b]/', 4],
  ['/x(?=y)/', 3],
  ['{a,b}'.repeat(9), 41],
  ['a'.repeat(1001), 1001],
]

describe('globs and regular expressions', () => {
  it.each(NAMES)('the name pattern %j against %j gives %j', (pattern, name, fits) => {
    expect(nameMatcher([pattern])(name)).toBe(fits)
  })

  it.each(PATHS)('the path pattern %j against %j gives %j', (pattern, path, fits) => {
    expect(pathMatcher([pattern])(path)).toBe(fits)
  })

  it.each(BAD)('the bad pattern %j is refused with its position', (pattern, position) => {
    const compile = () => nameMatcher([pattern])
    expect(compile).toThrow(PatternError)
    expect(compile).toThrow(expect.objectContaining({ pattern, position }))
    expect(compile).toThrow(JSON.stringify(pattern))
  })

  it('a list fits when any of its patterns does, and an empty one never', () => {
    expect(nameMatcher(['a', '/b$/'])('ab')).toBe(true)
    expect(nameMatcher(['a', '/b$/'])('ba')).toBe(false)
    expect(nameMatcher([])('a')).toBe(false)
  })

  it('labels are compared whole and are no patterns', () => {
    const matches = labelMatcher(['pipeline:run-all', '*'])
    expect(['pipeline:run-all', 'pipeline:run-all-rspec', 'x', '*'].map(matches)).toEqual([true, false, false, true])
  })
})

/** Obviously right and slow: tries every way to divide the text. */
const naive = (pattern: string, text: string, kind: 'name' | 'path'): boolean => {
  const alternatives = expand(pattern)
  return alternatives.some((alternative) => naiveFlat(alternative, text, kind === 'path', true))
}

/** The innermost braces first, which have no braces inside. */
const expand = (pattern: string): string[] => {
  const inner = /\{([^{}]*)\}/.exec(pattern)
  if (inner === null) return [pattern]
  const [whole, choices = ''] = inner
  const before = pattern.slice(0, inner.index)
  const after = pattern.slice(inner.index + whole.length)
  return choices.split(',').flatMap((choice) => expand(before + choice + after))
}

const naiveFlat = (pattern: string, text: string, isPath: boolean, atStart: boolean): boolean => {
  if (pattern === '') return text === ''
  if (isPath && atStart && pattern.startsWith('**/') && naiveFlat(pattern.slice(3), text, isPath, true)) return true
  const stars = /^\*+/.exec(pattern)?.[0].length ?? 0
  const [first = '', ...rest] = text
  const crosses = !isPath || stars > 1 || first !== '/'
  if (stars > 0) {
    const directories = isPath && atStart && stars > 1 && pattern[stars] === '/'
    if (!directories && naiveFlat(pattern.slice(stars), text, isPath, false)) return true
    if (directories) return eachStep(text).some((tail) => naiveFlat(pattern.slice(stars + 1), tail, isPath, true))
    return text !== '' && crosses && naiveFlat(pattern, rest.join(''), isPath, false)
  }
  if (first === '') return false
  if (pattern[0] === '?') return crosses && naiveFlat(pattern.slice(1), rest.join(''), isPath, false)
  return pattern[0] === first && naiveFlat(pattern.slice(1), rest.join(''), isPath, first === '/')
}

/** What is left of a path after each of its slashes, and the whole. */
const eachStep = (text: string): string[] => {
  const slashes = [...text].flatMap((character, index) => (character === '/' ? [index + 1] : []))
  return [text, ...slashes.map((index) => text.slice(index))]
}

const plain = fc.string({ unit: fc.constantFrom('a', 'b', '/', '.', '*', '?', '**/', '/**/'), maxLength: 6 })
const braced = fc
  .tuple(plain, fc.array(plain, { minLength: 1, maxLength: 3 }), plain)
  .map(([before, choices, after]) => `${before}{${choices.join(',')}}${after}`)
const glob = fc.oneof(plain, braced).filter((pattern) => pattern !== '' && !pattern.startsWith('/'))
const textFor = fc.string({ unit: fc.constantFrom('a', 'b', '/', '.'), maxLength: 8 })

describe('against a naive matcher', () => {
  it.each(['name', 'path'] as const)('a %s glob means the same', (kind) => {
    const matcherOf = kind === 'path' ? pathMatcher : nameMatcher
    fc.assert(
      fc.property(glob, textFor, (pattern, text) => {
        expect(matcherOf([pattern])(text)).toBe(naive(pattern, text, kind))
      }),
      { numRuns: 1000 },
    )
  })

  it('an escaped text matches itself and nothing else', () => {
    const anyText = fc.string({ unit: anyCharacter, minLength: 1, maxLength: 20 })
    fc.assert(
      fc.property(anyText, anyText, (text, other) => {
        const escaped = [...text].map((character) => `\\${character}`).join('')
        expect(nameMatcher([escaped])(text)).toBe(true)
        expect(pathMatcher([escaped])(other)).toBe(other === text)
      }),
    )
  })
})

describe('patterns that are slow elsewhere', () => {
  const SLOW: [pattern: string, text: string][] = [
    [`${'*a'.repeat(20)}*b`, 'a'.repeat(50_000)],
    [`${'**/'.repeat(20)}x`, 'a/'.repeat(25_000)],
    [`${'{a,aa}'.repeat(8)}*b`, 'a'.repeat(50_000)],
    ['/^(a|aa)+$/', `${'a'.repeat(50_000)}b`],
    ['/(x+x+)+y/', 'x'.repeat(50_000)],
    ['/(.*)*(.*)*(.*)*z/', 'a'.repeat(50_000)],
  ]

  it.each(SLOW)('%j refuses a long text in linear time', (pattern, text) => {
    expect(nameMatcher([pattern])(text)).toBe(false)
    expect(pathMatcher([pattern])(text)).toBe(false)
  })
})
