import { Readable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { Command } from 'commander'
import { describe, expect, test } from 'vitest'
import { type CheckCoverageArguments, checkCoverage, registerCheckCoverage } from '../src/desk/check-coverage.ts'
import { listFiles } from '../src/desk/check-coverage-input.ts'

const fixture = (name: string): string => fileURLToPath(new URL(`fixtures/undercoverage/${name}`, import.meta.url))

const place = { tree: fixture('tree'), projectPath: 'acme/widget', checkoutRoot: '/builds/acme/widget' }

const check = (given: Partial<CheckCoverageArguments>, input = '') =>
  checkCoverage(
    { diff: fixture('teapot.diff'), report: [fixture('ruby.lcov'), fixture('python.xml')], ...place, ...given },
    Readable.from([Buffer.from(input)]),
  )

describe('check coverage', () => {
  test('prints everything a script may want', async () => {
    const { exitCode, json } = await check({})
    expect(exitCode).toBe(1)
    expect(json).toMatchObject({
      verdict: 'fail',
      because: '1 of 4 measured changed lines is not covered: lib/teapot.rb 14',
      uncovered: { 'lib/teapot.rb': [14] },
      covered: { 'lib/teapot.rb': [8, 13], 'web/sieve.py': [2] },
      partial: { 'lib/teapot.rb': [8] },
      not_in_report: [],
      excluded: {},
      totals: { changed: 8, measured: 4, uncovered: 1, covered: 3, partial: 1, percent: 75 },
      functions: {
        'lib/teapot.rb': [
          { name: 'pour', start: 7, end: 11, never_ran: false, partial: [8] },
          { name: 'polish', start: 13, end: 15, never_ran: true, measured: 1, covered: 0, uncovered: [14] },
        ],
      },
      warnings: [],
    })
  })

  test('is readable in a terminal, in colour only if told so', async () => {
    const { text } = await check({})
    expect(text).toBe(
      [
        'lib/teapot.rb',
        '  pour (7-11): 8 missing a branch, 100 % of its lines run',
        '  polish (13-15): never ran, 14 not covered, 0 % of its lines run',
        '',
        'also: 1 changed function never ran: polish (lib/teapot.rb:13)',
        'fail: 1 of 4 measured changed lines is not covered: lib/teapot.rb 14',
        'Run these lines in a test.',
        '8 changed lines, 4 measured, 75 % covered',
        '',
      ].join('\n'),
    )
    expect((await check({ color: true })).text).toContain('\u001b[31mfail: ')
  })

  test('cannot be steered by the names of files', async () => {
    const diff = '--- /dev/null\n+++ "b/lib/\\033[2Jx.rb"\n@@ -0,0 +1 @@\n+run\n'
    const { text, json } = await check({ diff: '-' }, diff)
    expect(json.not_in_report).toEqual(['lib/\u001b[2Jx.rb'])
    expect(text).not.toContain('\u001b')
  })

  test('takes the thresholds of a configuration file', async () => {
    const { exitCode, json } = await check({ config: fixture('lenient.yaml') })
    expect({ exitCode, because: json.because }).toEqual({
      exitCode: 0,
      because: '75 % of 4 measured changed lines are covered, 1 may be uncovered',
    })
  })

  test("takes GitLab's list of diffs instead of a diff", async () => {
    const { exitCode, json } = await check({ diff: undefined, changes: fixture('changes.json') })
    expect({ exitCode, covered: json.covered }).toEqual({ exitCode: 0, covered: { 'web/sieve.py': [2] } })
  })

  test('does without the tree', async () => {
    const { json } = await check({ tree: undefined })
    expect(json.uncovered).toEqual({ 'lib/teapot.rb': [14] })
  })

  test('passes a change of nothing measurable, and says so', async () => {
    const { exitCode, json } = await check({ diff: fixture('docs-only.diff') })
    expect({ exitCode, because: json.because, ignored: json.ignored_files, percent: json.totals.percent }).toEqual({
      exitCode: 0,
      because: 'nothing measurable: no line of a measured kind of file is changed',
      ignored: ['README.md'],
      percent: null,
    })
  })

  test('judges test support that is asked about alone and measured', async () => {
    const given = { diff: fixture('spec-only.diff'), report: [fixture('spec.lcov')], tree: undefined }
    expect((await check(given)).json).toMatchObject({
      verdict: 'fail',
      uncovered: { 'spec/support/cup.rb': [2] },
      not_in_report: [],
      ignored_files: ['spec/cup_spec.rb'],
    })
    expect((await check({ ...given, config: fixture('lenient.yaml') })).json).toMatchObject({
      verdict: 'pass',
      uncovered: {},
    })
  })

  test.each<[string, Partial<CheckCoverageArguments>, string]>([
    ['no report is given', { report: [] }, 'there is no coverage report'],
    ['a report is missing', { report: [fixture('none.lcov')] }, 'none.lcov cannot be used: the file cannot be opened'],
    ['the diff is missing', { diff: fixture('none.diff') }, 'none.diff cannot be read: no such file'],
    ['the diff is none', { diff: fixture('lenient.yaml') }, 'the diff is incomplete: this is not a unified diff'],
    [
      'the list of diffs is no JSON',
      { diff: undefined, changes: fixture('teapot.diff') },
      'teapot.diff cannot be read: it is not JSON',
    ],
  ])('ends as an error when %s', async (_, given, because) => {
    const { exitCode, json } = await check(given)
    expect(exitCode).toBe(2)
    expect(json.verdict).toBe('error')
    expect(json.because).toContain(because)
  })

  test('refuses a configuration file that is not there', async () => {
    await expect(check({ config: fixture('none.yaml') })).rejects.toThrow(/none\.yaml/)
  })
})

test('the tree lists every file below it, with forward slashes', async () => {
  expect((await listFiles(fixture('tree'))).sort()).toEqual(['lib/teapot.rb', 'web/sieve.py'])
})

describe('the command line', () => {
  const run = async (...given: string[]) => {
    const program = new Command('pipewarden').exitOverride().configureOutput({ writeErr: () => undefined })
    registerCheckCoverage(program)
    program.commands[0]?.exitOverride().configureOutput({ writeErr: () => undefined })
    const written: string[] = []
    const write = process.stdout.write
    process.stdout.write = (text: string | Uint8Array) => written.push(String(text)) > 0
    try {
      await program.parseAsync(['node', 'pipewarden', 'coverage', ...given])
      return { exitCode: process.exitCode, output: written.join('') }
    } finally {
      process.stdout.write = write
      process.exitCode = 0
    }
  }

  test('takes reports one by one and several at once, and sets the exit code', async () => {
    const tail = [
      '--tree',
      fixture('tree'),
      '--project-path',
      'acme/widget',
      '--checkout-root',
      '/builds/acme/widget',
      '--json',
    ]
    const each = await run(
      '--diff',
      fixture('teapot.diff'),
      '--report',
      fixture('ruby.lcov'),
      '--report',
      fixture('python.xml'),
      ...tail,
    )
    const both = await run(
      '--diff',
      fixture('teapot.diff'),
      '--report',
      fixture('ruby.lcov'),
      fixture('python.xml'),
      ...tail,
    )
    expect(each.exitCode).toBe(1)
    expect(both).toEqual(each)
    expect(JSON.parse(each.output)).toMatchObject({ verdict: 'fail', totals: { measured: 4 } })
  })

  test.each([[[]], [['--diff', 'a', '--changes', 'b']]])('wants exactly one change: %j', async (given) => {
    await expect(run(...given)).rejects.toMatchObject({ exitCode: 2 })
  })
})
