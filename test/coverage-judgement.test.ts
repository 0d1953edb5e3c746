import { createTwoFilesPatch } from 'diff'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { readCoverage } from '../src/reports/coverage/read.ts'
import type { Diff } from '../src/reports/diff/types.ts'
import { readUnifiedDiff } from '../src/reports/diff/unified.ts'
import { judgeCoverage } from '../workers/undercoverage/judge/judge.ts'
import { percentOf, reaches } from '../workers/undercoverage/judge/percent.ts'
import { ranges } from '../workers/undercoverage/judge/ranges.ts'
import { readSource } from '../workers/undercoverage/judge/source-file.ts'
import type { GateOptions, JudgeInput, Judgement } from '../workers/undercoverage/judge/types.ts'

const defaults: GateOptions = {
  missingFiles: 'fail',
  methods: true,
  branches: false,
  maxUncoveredLines: 0,
  minPercent: null,
}

type Given = {
  /** Text of each file after the change; all of it is new unless `before` has it. */
  after: Record<string, string>
  before?: Record<string, string>
  /** Files of the repository that did not change. */
  others?: string[]
  reports?: string[]
  directories?: string[]
  options?: Partial<GateOptions>
  /** Whether the sources are at hand. */
  blind?: boolean
} & Partial<Pick<JudgeInput, 'commits' | 'isIgnored' | 'ignoreWhitespace' | 'diff'>>

const diffOf = ({ after, before = {} }: Given): string =>
  Object.entries(after)
    .map(([path, text]) =>
      createTwoFilesPatch(path in before ? `a/${path}` : '/dev/null', `b/${path}`, before[path] ?? '', text),
    )
    .join('')

const judge = async (given: Given): Promise<Judgement> => {
  const reports = (given.reports ?? []).map(async (text, index) => ({
    name: `report ${index + 1}`,
    directory: given.directories?.[index] ?? '',
    read: await readCoverage(Buffer.from(text)),
  }))
  return judgeCoverage({
    diff: given.diff ?? readUnifiedDiff(diffOf(given)),
    reports: await Promise.all(reports),
    tree: given.blind ? null : [...Object.keys(given.after), ...(given.others ?? [])],
    checkout: { roots: ['/builds/g/p'], projectPath: 'g/p' },
    options: { ...defaults, ...given.options },
    isIgnored: given.isIgnored ?? (() => false),
    sourceOf: (path) => (given.blind ? null : (given.after[path] ?? null)),
    commits: given.commits ?? [],
    ...(given.ignoreWhitespace !== undefined && { ignoreWhitespace: given.ignoreWhitespace }),
  })
}

const lines = (...texts: string[]): string => `${texts.join('\n')}\n`

/** An lcov record; hits by line. */
const lcov = (path: string, hits: Record<number, number>, ...more: string[]): string =>
  lines(`SF:${path}`, ...more, ...Object.entries(hits).map(([line, count]) => `DA:${line},${count}`), 'end_of_record')

const kettle = lines('class Kettle', '  def boil', '    heat', '  end', '', '  def pour', '    tilt', '  end', 'end')

describe('a changed line', () => {
  test('without a hit fails, is named with its function, and says what to do', async () => {
    const found = await judge({
      after: { 'lib/kettle.rb': kettle },
      reports: [lcov('lib/kettle.rb', { 1: 1, 2: 1, 3: 4, 6: 1, 7: 0 })],
    })
    expect(found).toMatchObject({
      verdict: 'fail',
      because: '1 of 5 measured changed lines is not covered: lib/kettle.rb 7',
      reasons: [expect.anything(), '1 changed function never ran: pour (lib/kettle.rb:6)'],
      fix: 'Run these lines in a test.',
      totals: { changed: 9, measured: 5, covered: 4, uncovered: 1, partial: 0, percent: 80 },
      files: [
        {
          path: 'lib/kettle.rb',
          uncovered: [7],
          covered: [1, 2, 3, 6],
          functions: [{ name: 'pour', start: 6, end: 8, neverRan: true, measured: 1, covered: 0, uncovered: [7] }],
          outside: [],
        },
      ],
    })
  })

  test('that a report runs passes, and lines that were not changed do not matter', async () => {
    const found = await judge({
      before: { 'a.py': lines('x = 1', 'y = 2') },
      after: { 'a.py': lines('x = 1', 'y = 3') },
      reports: [lcov('a.py', { 1: 0, 2: 1 })],
    })
    expect(found).toMatchObject({ verdict: 'pass', because: 'the only measured changed line is covered' })
  })

  test('without an entry is not measured, and nothing measurable is said in words', async () => {
    const found = await judge({ after: { 'a.py': lines('x = 1') }, reports: [lcov('a.py', { 9: 1 })] })
    expect(found).toMatchObject({
      verdict: 'pass',
      because: 'nothing measurable: no report has an entry for any of 1 changed line',
      totals: { measured: 0, percent: null },
    })
  })

  test('is covered when any of several reports runs it', async () => {
    const reports = [lcov('a.py', { 1: 0, 2: 1 }), lcov('./a.py', { 1: 3, 3: 0 })]
    const found = await judge({ after: { 'a.py': lines('a', 'b', 'c') }, reports })
    expect(found.files[0]).toMatchObject({ covered: [1, 2], uncovered: [3], outside: [3] })
  })

  test('that differs in white space alone can be left out', async () => {
    const given = {
      before: { 'a.py': lines('if a:', 'b') },
      after: { 'a.py': lines('if a:', '  b') },
      reports: [lcov('a.py', { 2: 0 })],
    }
    expect((await judge(given)).verdict).toBe('fail')
    expect((await judge({ ...given, ignoreWhitespace: true })).verdict).toBe('pass')
  })
})

describe('a missed branch', () => {
  const given = {
    after: { 'a.js': lines('a ? b : c') },
    reports: [lcov('a.js', { 1: 2 }, 'BRDA:1,0,0,2', 'BRDA:1,0,1,0')],
  }

  test('is listed, and fails only when branches count', async () => {
    const found = await judge(given)
    expect(found).toMatchObject({ verdict: 'pass', files: [{ partial: [1], covered: [1] }] })
    expect(await judge({ ...given, options: { branches: true } })).toMatchObject({
      verdict: 'fail',
      because: '1 changed line misses a branch: a.js 1',
    })
  })

  test('counts as uncovered in a share', async () => {
    const options = { branches: true, minPercent: 50 }
    expect((await judge({ ...given, options })).verdict).toBe('fail')
  })

  test('on a line without an entry counts, too', async () => {
    const reports = [lcov('a.js', { 9: 1 }, 'BRDA:1,0,0,2', 'BRDA:1,0,1,0')]
    expect((await judge({ ...given, reports })).verdict).toBe('pass')
    expect((await judge({ ...given, reports, options: { branches: true } })).verdict).toBe('fail')
  })
})

describe('thresholds', () => {
  const reports = [lcov('a.py', { 1: 1, 2: 1, 3: 0 })]
  const after = { 'a.py': lines('a', 'b', 'c') }

  test.each([
    [{ minPercent: 66.66 }, 'pass'],
    [{ minPercent: 66.67 }, 'fail'],
    [{ minPercent: 66.5 }, 'pass'],
    [{ minPercent: 100 }, 'fail'],
    [{ minPercent: 0 }, 'pass'],
    [{ maxUncoveredLines: 1 }, 'pass'],
    [{ maxUncoveredLines: 0 }, 'fail'],
    [{ maxUncoveredLines: 9, minPercent: 90 }, 'fail'],
  ])('%j on two lines of three: %s', async (options, verdict) => {
    const found = await judge({ after, reports, options })
    expect(found.verdict).toBe(verdict)
    expect(found.totals.percent).toBe(66.66)
  })

  test('are compared exactly, whatever the numbers', () => {
    const share = fc.tuple(fc.nat({ max: 10_000 }), fc.nat({ max: 10_000 }), fc.nat({ max: 10_000 }))
    fc.assert(
      fc.property(share, ([covered, uncovered, hundredths]) => {
        const measured = covered + uncovered
        expect(reaches(covered, measured, hundredths / 100)).toBe(covered * 10_000 >= hundredths * measured)
        const shown = percentOf(covered, measured)
        if (shown !== null) expect(reaches(covered, measured, shown)).toBe(true)
        expect(shown === 100).toBe(measured > 0 && uncovered === 0)
      }),
    )
  })

  test('tiny ones are no exception', () =>
    expect([reaches(0, 1, 1e-7), reaches(1, 1_000_000, 1e-7)]).toEqual([false, true]))
})

describe('a changed function that never ran', () => {
  const before = { 'a.js': lines('function tea(a) {', '  return a', '}') }
  const after = { 'a.js': lines('function tea(a, b) {', '  return a', '}') }

  test('fails for its declaration alone, whose line has no entry', async () => {
    const reports = [lcov('a.js', { 2: 0 }, 'FN:1,tea', 'FNDA:0,tea')]
    const found = await judge({ before, after, reports, options: { maxUncoveredLines: 5 } })
    expect(found).toMatchObject({ verdict: 'fail', because: '1 changed function never ran: tea (a.js:1)' })
    const off = await judge({ before, after, reports, options: { maxUncoveredLines: 5, methods: false } })
    expect(off.verdict).toBe('pass')
  })

  test('is found by its body when calls are not counted', async () => {
    const found = await judge({ before, after, reports: [lcov('a.js', { 1: 1, 2: 0 })] })
    expect(found).toMatchObject({
      verdict: 'fail',
      totals: { uncovered: 0 },
      reasons: ['1 changed function never ran: tea (a.js:1)'],
    })
  })

  test.each([
    ['it has no entry at all', { 9: 1 }, []],
    ['its body ran', { 1: 1, 2: 3 }, []],
    ['it was called', { 1: 1, 2: 0 }, ['FN:1,3,tea', 'FNDA:2,tea']],
  ])('is not claimed when %s', async (_, hits, more) => {
    expect((await judge({ before, after, reports: [lcov('a.js', hits, ...more)] })).verdict).toBe('pass')
  })

  test('is not claimed for a change of a comment', async () => {
    const found = await judge({
      before: { 'a.js': lines('function tea(a) {', '  // old', '  return a', '}') },
      after: { 'a.js': lines('function tea(a) {', '  // new', '  return a', '}') },
      reports: [lcov('a.js', { 3: 0 }, 'FN:1,4,tea', 'FNDA:0,tea')],
    })
    expect(found.verdict).toBe('pass')
  })

  test('is found in JaCoCo, which starts a method below its head', async () => {
    const text = (argument: string) =>
      lines('class Tea {', `  int brew(${argument}) {`, '    return 1;', '  }', '  int x;', '}')
    const xml = `<report name="r"><package name="t"><class name="t/Tea" sourcefilename="Tea.java"><method name="brew" desc="(I)I" line="3"><counter type="METHOD" missed="1" covered="0"/></method></class><sourcefile name="Tea.java"><line nr="3" mi="2" ci="0" mb="0" cb="0"/></sourcefile></package></report>`
    const found = await judge({
      before: { 't/Tea.java': text('int a') },
      after: { 't/Tea.java': text('long a') },
      reports: [xml],
    })
    expect(found).toMatchObject({
      verdict: 'fail',
      files: [{ functions: [{ name: 'brew', start: 2, end: 3, neverRan: true }] }],
    })
  })

  test('gives way to a function inside of it that ran', async () => {
    const text = lines('function outer() {', '  return function inner() {', '    work()', '  }', '}')
    const reports = [lcov('a.js', { 2: 1, 3: 0 }, 'FN:1,5,outer', 'FNDA:1,outer', 'FN:2,4,inner', 'FNDA:0,inner')]
    const found = await judge({ after: { 'a.js': text }, reports })
    expect(found.files[0]?.functions.map(({ name, neverRan, uncovered }) => [name, neverRan, uncovered])).toEqual([
      ['inner', true, [3]],
    ])
  })
})

describe('a changed file that no report has', () => {
  const reports = [lcov('lib/other.rb', { 1: 1 })]
  const others = ['lib/other.rb']
  const because = 'no test loads it, or its path in the report did not match'

  test.each<[GateOptions['missingFiles'], string]>([
    ['fail', 'fail'],
    ['warn', 'pass'],
    ['ignore', 'pass'],
  ])('follows the policy %s: %s', async (missingFiles, verdict) => {
    const found = await judge({ after: { 'lib/kettle.rb': kettle }, others, reports, options: { missingFiles } })
    expect(found).toMatchObject({ verdict, notInReport: [{ path: 'lib/kettle.rb', because, changed: 9 }] })
    expect(found.because).toContain('in no report')
  })

  test('is no matter when it is of another kind than the reports measure, or ignored', async () => {
    const after = { 'README.md': 'x\n', 'spec/a_spec.rb': 'x\n', Rakefile: 'x\n' }
    const found = await judge({ after, others, reports, isIgnored: (path) => path.startsWith('spec/') })
    expect(found).toMatchObject({
      verdict: 'pass',
      because: 'nothing measurable: no line of a measured kind of file is changed',
      ignored: ['README.md', 'Rakefile', 'spec/a_spec.rb'],
    })
  })

  test.each<[string, string, string, string]>([
    ['only comments changed', 'a.rb', lines('# tea', '', '=begin', 'milk', '=end'), 'no code is changed in it'],
    [
      'it has but types',
      'a.ts',
      lines(
        "import type { B } from './b'",
        'export interface A {',
        '  b: B',
        '}',
        'export type C =',
        "  | 'x'",
        "  | 'y'",
      ),
      'no code is changed in it',
    ],
    ['it declares', 'a.d.ts', lines('declare function a(): void'), 'no code is changed in it'],
    [
      'it only exports what others have',
      'a.ts',
      lines("export * from './b'", 'export {', '  c,', "} from './c'"),
      'no code is changed in it',
    ],
    ['it is a docstring', 'a.py', lines('"""Tea', 'and milk', '"""'), 'no code is changed in it'],
    [
      'markers take it out',
      'a.rb',
      lines('# :nocov:', 'def a', '  b', 'end'),
      'markers in it leave the changed lines out',
    ],
    [
      'the whole file is marked',
      'a.ts',
      lines('/* istanbul ignore file */', 'run()'),
      'markers in it leave the changed lines out',
    ],
    [
      'its block has a pragma',
      'a.py',
      lines('def a():  # pragma: no cover', '    b()', '', '    c()'),
      'markers in it leave the changed lines out',
    ],
    [
      'it is marked as PHP marks',
      'a.php',
      lines('<?php // @codeCoverageIgnoreStart', 'a();', '// @codeCoverageIgnoreEnd'),
      'markers in it leave the changed lines out',
    ],
    [
      'its function is marked',
      'a.php',
      lines('/** @codeCoverageIgnore */', 'function a() {', '  b();', '}'),
      'markers in it leave the changed lines out',
    ],
    ['it has no function', 'a.go', lines('package a', '', 'type B struct {', '\tC int', '}'), 'it has no function'],
    [
      'it is an interface',
      'A.java',
      lines('package a;', 'public interface A {', '  int b();', '}'),
      'it has no function',
    ],
    [
      'it declares functions',
      'a.h',
      lines('#pragma once', 'int a(int b);', 'struct C { int d; };'),
      'it has no function',
    ],
  ])('is excused when %s', async (_, path, text, excuse) => {
    const kind = path.slice(path.lastIndexOf('.'))
    const found = await judge({
      after: { [path]: text },
      others: [`other${kind}`],
      reports: [lcov(`other${kind}`, { 1: 1 })],
    })
    expect(found).toMatchObject({ verdict: 'pass', notInReport: [], excused: [{ path, because: excuse }] })
  })

  test.each([
    ['a.rb', lines('# :nocov:', 'def a', 'end', '# :nocov:', 'run')],
    ['a.ts', lines('export type A = string', 'export const b = () => 1')],
    ['a.py', lines('def a():  # pragma: no cover', '    b()', 'c()')],
    ['a.go', lines('package a', 'func b() {', '}')],
    ['A.java', lines('interface A { default int b() { return 1; } }')],
    ['a.h', lines('inline int a(int b) {', '  return b;', '}')],
  ])('is not excused for a part: %s', async (path, text) => {
    const kind = path.slice(path.lastIndexOf('.'))
    const found = await judge({
      after: { [path]: text },
      others: [`other${kind}`],
      reports: [lcov(`other${kind}`, { 1: 1 })],
    })
    expect(found).toMatchObject({ verdict: 'fail', notInReport: [{ path }] })
  })

  test('is excused by a filter of the report', async () => {
    const filtered = (kind: string, value: string) =>
      JSON.stringify({
        meta: { simplecov_version: '1', ignored_files: [{ type: kind, value }] },
        coverage: { 'lib/other.rb': { lines: [1] } },
      })
    const read = await readCoverage(Buffer.from(filtered('regex', '^/lib/k.*\\.rb\\Z')))
    if (read.outcome !== 'read') throw new Error(read.message)
    const input = (ignoredFiles: typeof read.report.ignoredFiles): JudgeInput => ({
      diff: readUnifiedDiff(diffOf({ after: { 'lib/kettle.rb': kettle } })),
      reports: [{ name: 'r', directory: '', read: { ...read, report: { ...read.report, ignoredFiles } } }],
      tree: ['lib/kettle.rb', 'lib/other.rb'],
      checkout: { roots: [], projectPath: null },
      options: defaults,
      isIgnored: () => false,
      sourceOf: () => kettle,
      commits: [],
    })
    const verdictOf = (kind: 'file' | 'string' | 'regex', value: string) =>
      judgeCoverage(input([{ kind, value }])).verdict
    expect(verdictOf('regex', '^/lib/k.*\\.rb\\Z')).toBe('pass')
    expect(verdictOf('string', '/lib/kett')).toBe('pass')
    expect(verdictOf('file', 'lib/kettle.rb')).toBe('pass')
    expect(verdictOf('string', 'spec')).toBe('fail')
    expect(verdictOf('regex', '(unclosed')).toBe('fail')
  })

  test('is missing when its path fits two files, which are both named', async () => {
    const text = lines('run()')
    const found = await judge({
      after: { 'a/src/i.ts': text },
      others: ['b/src/i.ts'],
      reports: [lcov('src/i.ts', { 1: 1 })],
    })
    expect(found).toMatchObject({
      verdict: 'fail',
      because:
        'a/src/i.ts is changed and in no report: `src/i.ts` of the report fits `a/src/i.ts` and `b/src/i.ts`, so it counts for neither',
      ambiguous: [{ reportPath: 'src/i.ts', candidates: ['a/src/i.ts', 'b/src/i.ts'] }],
    })
  })
})

describe('markers', () => {
  test('for lcov take lines and branches out, and those this change adds are told', async () => {
    const text = lines(
      'int a() {',
      '  b(); // LCOV_EXCL_LINE',
      '  // LCOV_EXCL_START',
      '  c();',
      '  // LCOV_EXCL_STOP',
      '  d(); // LCOV_EXCL_BR_LINE',
      '}',
    )
    const reports = [lcov('a.c', { 1: 1, 2: 0, 4: 0, 6: 1 }, 'BRDA:6,0,0,1', 'BRDA:6,0,1,0')]
    const found = await judge({ after: { 'a.c': text }, reports, options: { branches: true } })
    expect(found).toMatchObject({
      verdict: 'pass',
      files: [{ covered: [1, 6], excluded: [2, 4], partial: [] }],
      excludedByThisChange: [{ path: 'a.c', lines: [2, 3, 6] }],
    })
  })

  test('of Ruby apply to raw counts, also when one is never closed', async () => {
    const text = lines('run', '# :nocov:', 'def a', '  b', 'end')
    const raw = (counts: (number | null)[]) =>
      JSON.stringify({ RSpec: { coverage: { '/builds/g/p/a.rb': { lines: counts } }, timestamp: 1 } })
    const found = await judge({ after: { 'a.rb': text }, reports: [raw([1, null, 1, 0, null])] })
    expect(found).toMatchObject({ verdict: 'pass', files: [{ covered: [1], excluded: [3, 4] }] })
    const both = await judge({ after: { 'a.rb': text }, reports: [raw([1, null, 1, 0, null]), lcov('a.rb', { 4: 0 })] })
    expect(both).toMatchObject({ verdict: 'fail', files: [{ uncovered: [4], excluded: [3] }] })
  })

  test('of SimpleCov can be for a line, a range, or branches', async () => {
    const text = lines(
      'a # simplecov:disable',
      'b',
      '# simplecov:disable line',
      'c',
      '# simplecov:enable line',
      'd',
      '# simplecov:disable branch',
      'e',
    )
    const report = JSON.stringify({
      RSpec: { coverage: { '/builds/g/p/a.rb': { lines: [0, 1, null, 0, null, 1, null, 1] } }, timestamp: 1 },
    })
    const found = await judge({ after: { 'a.rb': text }, reports: [report] })
    expect(found.files[0]).toMatchObject({ excluded: [1, 4], covered: [2, 6, 8], uncovered: [] })
  })

  test('of V8 are not taken for covered lines', async () => {
    const text = lines(
      'a()',
      '/* c8 ignore next 2 */',
      'b()',
      'c()',
      'd() /* v8 ignore next */',
      '/* node:coverage disable */',
      'e()',
      '/* node:coverage enable */',
      'f()',
      '// c8 ignore start',
      'g()',
      '// c8 ignore stop',
    )
    const hits = Object.fromEntries(Array.from({ length: 12 }, (_, index) => [index + 1, 1]))
    const found = await judge({ after: { 'a.js': text }, reports: [lcov('a.js', hits)] })
    expect(found.files[0]).toMatchObject({ covered: [1, 9], excluded: [3, 4, 5, 6, 7, 8, 10, 11, 12] })
  })

  test('that stood there before are not blamed on the change', async () => {
    const before = { 'a.py': lines('a = 1  # pragma: no cover', 'b = 1') }
    const after = { 'a.py': lines('a = 1  # pragma: no cover', 'b = 2', 'c = 3  # pragma: no cover') }
    const found = await judge({ before, after, reports: [lcov('a.py', { 2: 1 })] })
    expect(found.excludedByThisChange).toEqual([{ path: 'a.py', lines: [3] }])
  })
})

describe('trivial lines', () => {
  const text = lines('function a(b) {', '', '  // tea', '  if (b) {', '    c()', '  } else {', '    d()', '  }', '}')
  const hits = (of: number[]) => Object.fromEntries(of.map((line) => [line, line > 5 ? 0 : 1]))

  test('are dropped where every line is measured', async () => {
    const found = await judge({ after: { 'a.js': text }, reports: [lcov('a.js', hits([1, 2, 3, 4, 5, 6, 7, 8, 9]))] })
    expect(found.files[0]).toMatchObject({ covered: [1, 4, 5], uncovered: [7] })
  })

  test('are kept in a sparse report', async () => {
    const found = await judge({ after: { 'a.js': text }, reports: [lcov('a.js', hits([1, 4, 5, 7, 8]))] })
    expect(found.files[0]).toMatchObject({ covered: [1, 4, 5], uncovered: [7, 8] })
  })

  test('are kept when the source is not at hand', async () => {
    const found = await judge({ after: { 'a.js': text }, blind: true, reports: [lcov('a.js', hits([1, 2, 3]))] })
    expect(found.files[0]).toMatchObject({ covered: [1, 2, 3] })
  })
})

describe('an error', () => {
  const after = { 'src/a.py': lines('a = 1') }
  const good = lcov('src/a.py', { 1: 0 })

  test.each<[string, string[], RegExp]>([
    ['there is no report', [], /^there is no coverage report$/],
    ['the report is empty', [''], /^report 1 cannot be used: the report is empty/],
    [
      'the report lists nothing',
      ['<coverage line-rate="0"><packages/></coverage>'],
      /^report 1 cannot be used: it lists no file/,
    ],
    ['the report breaks off', ['<coverage><packages><package'], /^report 1 cannot be used: /],
    ['it is a page', ['<html>'], /^report 1 cannot be used: XML with the root element "html" is not/],
    ['it is something else', ['hello'], /^report 1 cannot be used: this is not a coverage report/],
    ['one of several cannot be read', [good, '<coverage><packages><package'], /^report 2 cannot be used: /],
  ])('is when %s', async (_, reports, because) => {
    const found = await judge({ after, reports })
    expect(found.verdict).toBe('error')
    expect(found.because).toMatch(because)
    expect(found.fix).toContain('Look at the job')
  })

  test('is not when one of several reports is merely empty', async () => {
    const found = await judge({ after, reports: [good, ''] })
    expect(found).toMatchObject({ verdict: 'fail', warnings: ['report 2: The report is empty'] })
  })

  test('names both paths and the prefix when the paths do not match', async () => {
    const found = await judge({
      after: { 'app/src/a.py': 'a = 1\n', 'app/src/b.py': 'b = 1\n' },
      others: ['x/c.py', 'y/c.py'],
      reports: [lcov('/x/lib/A.py', { 1: 1 })],
    })
    expect(found).toMatchObject({
      verdict: 'error',
      because:
        'the paths of report 1 do not match the repository: 0 of 2 changed source files are in the report; the report says `/x/lib/A.py`, the repository has `app/src/a.py`',
      notInReport: [{ path: 'app/src/a.py' }, { path: 'app/src/b.py' }],
    })
  })

  test('is when paths do not match, even if missing files are ignored', async () => {
    const found = await judge({ after, reports: [lcov('/ci/lib/z.py', { 1: 1 })], options: { missingFiles: 'ignore' } })
    expect(found.verdict).toBe('error')
  })

  test('is when a second report that might cover the lines does not match', async () => {
    const found = await judge({ after, reports: [good, lcov('/ci/lib/z.py', { 1: 1 })] })
    expect(found).toMatchObject({ verdict: 'error', because: expect.stringContaining('report 2') })
    const covered = await judge({ after, reports: [lcov('src/a.py', { 1: 1 }), lcov('/ci/lib/z.py', { 1: 1 })] })
    expect(covered).toMatchObject({ verdict: 'pass', warnings: ['report 2: 1 of 1 files are not in the repository'] })
  })

  test('is not for headers of the system beside files that match', async () => {
    const headers = [1, 2, 3].map((index) => lcov(`/usr/include/h${index}.h`, { 1: 1 })).join('')
    const found = await judge({ after: { 'a.c': 'int a;\n' }, reports: [lcov('/builds/g/p/a.c', { 1: 0 }) + headers] })
    expect(found.verdict).toBe('fail')
  })

  test('is for a diff with gaps, unless they are in files that do not matter', async () => {
    const gap = (path: string): Diff => ({
      files: [],
      incomplete: [{ path, because: 'it is too large' }],
      warnings: [],
    })
    const verdicts = [gap('src/a.py'), gap(''), gap('yarn.lock')].map(
      async (diff) => (await judge({ after, diff, reports: [good] })).because,
    )
    expect(await Promise.all(verdicts)).toEqual([
      'the diff is incomplete: src/a.py: it is too large',
      'the diff is incomplete: it is too large',
      'nothing measurable: no line of a measured kind of file is changed',
    ])
  })
})

describe('a stale report', () => {
  const simplecov = (counts: (number | null)[], commit = '') =>
    JSON.stringify({
      meta: { simplecov_version: '1', ...(commit && { commit }) },
      coverage: { 'a.rb': { lines: counts } },
    })

  test('is one that knows a shorter file', async () => {
    const found = await judge({ after: { 'a.rb': lines('a', 'b', 'c', 'd') }, reports: [simplecov([1, 0])] })
    expect(found).toMatchObject({
      verdict: 'stale',
      because: 'the report knows a.rb with 2 lines, and line 3 is changed',
    })
  })

  test('is not one whose file only ends in comments and data', async () => {
    const found = await judge({ after: { 'a.rb': lines('a', '# b', '__END__', 'c') }, reports: [simplecov([1])] })
    expect(found.verdict).toBe('pass')
  })

  test('is one of another commit', async () => {
    const read = await readCoverage(Buffer.from(simplecov([1])))
    if (read.outcome !== 'read') throw new Error(read.message)
    const verdictOf = (commit: string, commits: string[]) =>
      judgeCoverage({
        diff: readUnifiedDiff(diffOf({ after: { 'a.rb': 'a\n' } })),
        reports: [{ name: 'r', directory: '', read: { ...read, report: { ...read.report, commit } } }],
        tree: ['a.rb'],
        checkout: { roots: [], projectPath: null },
        options: defaults,
        isIgnored: () => false,
        sourceOf: () => null,
        commits,
      }).verdict
    const [head, merged, old] = ['a'.repeat(40), 'b'.repeat(40), 'c'.repeat(40)]
    expect(verdictOf(old, [head, merged])).toBe('stale')
    expect([verdictOf(head, [head, merged]), verdictOf('b'.repeat(8), [head, merged]), verdictOf(old, [])]).toEqual([
      'pass',
      'pass',
      'pass',
    ])
  })
})

describe('functions are found in', () => {
  const spans = (path: string, ...text: string[]) =>
    readSource(path, text.join('\n'))
      .functions()
      .map(({ name, start, end }) => `${name} ${start}-${end}`)

  test('Ruby', () => {
    expect(
      spans(
        'a.rb',
        'class A',
        '  def self.a(b)',
        '    c do',
        '    end',
        '  end',
        '',
        '  private def d? = e',
        '  def f; end',
        '  def []=(k, v)',
        '    if k',
        '    end',
        '  end',
        'end',
      ),
    ).toEqual(['a 2-5', 'd? 7-7', 'f 8-8', '[]= 9-12'])
  })

  test('Python', () => {
    expect(
      spans(
        'a.py',
        'class A:',
        '    def a(self,',
        '          b):',
        '        """Doc',
        'def no',
        '        """',
        '        return {',
        '}',
        '',
        '    async def c(self):',
        '        def d():',
        '            pass',
        'e = 1',
      ),
    ).toEqual(['a 2-8', 'c 10-12', 'd 11-12'])
  })

  test('JavaScript and TypeScript', () => {
    expect(
      spans(
        'a.ts',
        'export function a({ b }: { b: string }): void {',
        '  if (b) { c() }',
        '}',
        'const d = async (e: number) => {',
        '  return /[{]/.test(`e {`)',
        '}',
        'class F {',
        "  g(h = '{'): string {",
        '    return h',
        '  }',
        '}',
        "it('i', () => {",
        '  j.map(function k(l) {',
        '    return l',
        '  })',
        '})',
        'export default { m() {',
        '} }',
      ),
    ).toEqual(['a 1-3', 'd 4-6', 'g 8-10', '(anonymous) 12-16', 'k 13-15', 'm 17-18'])
  })

  test('Java, C++ and C#', () => {
    expect(
      spans(
        'A.java',
        '@Tea("x{")',
        'class A {',
        '  @Test(timeout = 1)',
        '  public <T> List<T> a(Map<String, T> b) throws C {',
        '    for (int i = 0; i < 1; i++) { d(); }',
        '    new Runnable() { public void run() { } };',
        '  }',
        '  A() { }',
        '}',
      ),
    ).toEqual(['a 4-7', 'run 6-6', 'A 8-8'])
    expect(
      spans(
        'a.cpp',
        "int A::b(char c = '{') const {",
        '  return 1;',
        '}',
        'A::A(int x) : y(x), z(1) {',
        '}',
        'struct S {',
        '};',
      ),
    ).toEqual(['A::b 1-3', 'A::A 4-5'])
  })

  test('Go, Rust, Kotlin and PHP', () => {
    expect(
      spans('a.go', 'func (a *A) B(c func(int) error) (int, error) {', '\tx := `{`', '\treturn func() { }', '}'),
    ).toEqual(['B 1-4', '(anonymous) 3-3'])
    expect(spans('a.rs', "fn a<'b>(c: &'b str) -> char {", "    '{'", '}')).toEqual(['a 1-3'])
    expect(spans('a.kt', 'class A(val b: Int) {', '  fun c(d: Int = e()): Int {', '    return 1', '  }', '}')).toEqual([
      'c 2-4',
    ])
    expect(
      spans('a.php', '<?php', 'class A {', '  # {', '  public function b(int $c): int {', '    return 1;', '  }', '}'),
    ).toEqual(['b 4-6'])
  })

  test('no text does any harm', () => {
    const piece = fc.constantFrom(
      '{',
      '}',
      '(',
      ')',
      '"',
      "'",
      '`',
      '/',
      '*',
      '\\',
      '\n',
      ' ',
      'def a',
      'function b',
      '=>',
      ';',
      '#',
      '"""',
      'end',
      '${',
    )
    const names = fc.constantFrom(
      'a.rb',
      'a.py',
      'a.ts',
      'a.java',
      'a.c',
      'a.go',
      'a.rs',
      'a.kt',
      'a.php',
      'a.lua',
      'a.x',
    )
    fc.assert(
      fc.property(names, fc.array(piece), (path, pieces) => {
        const source = readSource(path, pieces.join(''))
        for (const { start, end } of source.functions()) expect(start).toBeLessThanOrEqual(end)
        for (const [index] of source.lines.entries()) source.kindAt(index + 1)
      }),
    )
  })

  test('a line of a hundred thousand characters and more is read in a moment', () => {
    const start = performance.now()
    for (const text of [
      '{('.repeat(60_000),
      'a(b){'.repeat(24_000),
      '/'.repeat(120_000),
      'function '.repeat(14_000),
      "'\\".repeat(60_000),
    ]) {
      for (const path of ['a.js', 'a.c', 'a.go']) readSource(path, text).functions()
    }
    expect(performance.now() - start).toBeLessThan(10_000)
  })
})

test('lines are shown as ranges', () => {
  expect([[], [3], [1, 2], [14, 27, 28, 30]].map(ranges)).toEqual(['', '3', '1-2', '14, 27-28, 30'])
})

test('neither the order of the reports nor that of the changed files changes the judgement', async () => {
  const paths = ['lib/a.rb', 'lib/b.rb', 'x/lib/a.rb', 'c.rb']
  const hits = fc.dictionary(fc.constantFrom('1', '2', '3', '4'), fc.nat({ max: 2 }))
  const report = fc
    .array(fc.tuple(fc.constantFrom(...paths, './c.rb', '/builds/g/p/lib/a.rb', 'a.rb', '/r/lib/b.rb'), hits), {
      maxLength: 4,
    })
    .map((records) => records.map(([path, counts]) => lcov(path, counts)).join(''))
  const change = fc.dictionary(
    fc.constantFrom(...paths),
    fc.constantFrom(lines('a', 'b'), lines('def a', '  b', 'end', 'c')),
    { minKeys: 1 },
  )
  await fc.assert(
    fc.asyncProperty(change, fc.array(report, { minLength: 1, maxLength: 3 }), async (after, reports) => {
      const one = await judge({ after, others: paths, reports })
      const other = await judge({
        after: Object.fromEntries(Object.entries(after).reverse()),
        others: paths,
        reports: reports.toReversed(),
      })
      expect(other.verdict).toBe(one.verdict)
      expect(other.files).toEqual(one.files)
      expect(other.notInReport.map(({ path }) => path)).toEqual(one.notInReport.map(({ path }) => path))
      expect(other.totals).toEqual(one.totals)
    }),
  )
})
