import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, describe, expect, it, test } from 'vitest'
import { checkTests } from '../src/desk/check-tests.ts'

const fixture = (name: string) => fileURLToPath(new URL(`./fixtures/junit/${name}.xml`, import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'pipewarden-check-tests-'))
afterAll(() => rmSync(folder, { recursive: true }))

const write = (name: string, content: string): string => {
  const path = join(folder, name)
  writeFileSync(path, content)
  return path
}
const suite = (cases: string) => `<testsuite name="s">${cases}</testsuite>`
const counts = { passed: 0, flaky: 0, failed: 0, skipped: 0, unnamed: 0 }

describe('exit code', () => {
  test.each<[string, string[], number]>([
    ['0 when all passed', ['xunit'], 0],
    ['0 when tests were flaky but none failed', ['marathon'], 0],
    ['1 when a test failed', ['bazel'], 1],
    ['1 when a test without a name failed', ['unnamed'], 1],
    ['1 when a flaky test fails the job', ['nextest'], 1],
    ['2 when nothing is JUnit', ['not-junit'], 2],
    ['2 when nothing exists', ['no-such-report'], 2],
    ['0 when one of two reports could be read and passed', ['no-such-report', 'xunit'], 0],
    ['1 when the open test of a truncated report failed', ['truncated-in-failure'], 1],
  ])('%s', async (_, names, exitCode) => {
    expect((await checkTests({ junit: names.map(fixture) })).exitCode).toBe(exitCode)
  })

  it('0 for a report without tests, 2 for one cut before its first test, 2 for no report at all', async () => {
    const empty = write('no-tests.xml', suite(''))
    const cut = write('cut.xml', '<testsuite name="s"><testca')
    expect((await checkTests({ junit: [empty] })).exitCode).toBe(0)
    expect((await checkTests({ junit: [cut] })).exitCode).toBe(2)
    expect((await checkTests({ attempts: write('none.json', '[]') })).exitCode).toBe(2)
  })
})

describe('the result for scripts', () => {
  it('has counts, tests, problems and incidents', async () => {
    const { json } = await checkTests({ junit: [fixture('surefire')] })
    const shop = { suite: 'shop.BasketTest', classname: 'shop.BasketTest', job: 'test' }
    expect(json).toEqual({
      counts: { ...counts, passed: 1, flaky: 1, failed: 1 },
      tests: [
        { ...shop, name: 'addsItems', class: 'passed' },
        {
          ...shop,
          name: 'refusesNegative',
          class: 'failed',
          kind: 'failure',
          failed_attempts: 3,
          message: 'no exception thrown',
        },
        {
          ...shop,
          name: 'survivesRestart',
          class: 'flaky',
          failed_attempts: 2,
          confidence: 'high',
          evidence: 'testcase',
          message: 'expected: <2> but was: <1>',
        },
      ],
      report_problems: [],
      incidents: [],
      hidden_retries: [],
      unseen: [],
    })
  })

  it('takes files as attempts in their order', async () => {
    const first = write('first.xml', suite('<testcase name="a"><failure/></testcase><testcase name="b"/>'))
    const second = write('second.xml', suite('<testcase name="a"/>'))
    const { json, exitCode } = await checkTests({ junit: [first, second] })
    expect(json.counts).toEqual({ ...counts, passed: 1, flaky: 1 })
    expect(exitCode).toBe(0)
  })

  it('reads attempts of shards and pipelines from a file, with paths beside it', async () => {
    write('one.xml', suite('<testcase name="a"><error/></testcase>'))
    write('two.xml', suite('<testcase name="a"/>'))
    const list = (...attempts: object[]) => checkTests({ attempts: write('attempts.json', JSON.stringify(attempts)) })
    const one = {
      pipeline: 1,
      sha: 'aaaa',
      ref: 'main',
      job: 'rspec 1/2',
      job_id: 7,
      attempt: 1,
      job_status: 'failed',
      files: ['one.xml'],
    }
    const two = { ...one, job: 'rspec 2/2', attempt: 2, files: ['two.xml'] }
    expect((await list(one, two)).json.tests).toMatchObject([
      { name: 'a', class: 'flaky', evidence: 'shards', job: 'rspec' },
    ])
    expect((await list(one, { ...two, sha: 'bbbb', pipeline: 2 })).json.tests).toMatchObject([{ class: 'passed' }])
    expect((await list(one, { ...two, job: 'jest' })).json.tests).toMatchObject([
      { class: 'passed', job: 'jest' },
      { class: 'failed', kind: 'error', job: 'rspec' },
    ])
    expect((await list(one, { ...two, files: [], failure_reason: 'runner_system_failure' })).json.unseen).toEqual([
      { job: 'rspec 2/2', pipeline: 1, sha: 'aaaa', attempt: 2, failureReason: 'runner_system_failure' },
    ])
  })

  it('has a row for each repetition of a stress run, and marks setup scripts', async () => {
    const { json } = await checkTests({ junit: [fixture('nextest-stress')] })
    expect(json.counts).toEqual({ ...counts, flaky: 2, passed: 2 })
    expect(json.tests.map((row) => row.suite)).toEqual([
      'ledger::queue@stress-0',
      'ledger::queue@stress-1',
      'ledger::queue@stress-0',
      'ledger::queue@stress-1',
    ])
    const setup = (await checkTests({ junit: [fixture('nextest')] })).json.tests.filter((row) => row.setup_script)
    expect(setup).toMatchObject([{ name: 'seed-database', class: 'passed' }])
  })

  it('names the subtest for which a parent is flaky', async () => {
    const { json } = await checkTests({ junit: [fixture('gotestsum')] })
    expect(json.tests.find(({ name }) => name === 'TestRefund')).toMatchObject({
      class: 'flaky',
      because: 'TestRefund/partial',
    })
  })

  it('names each file that could not be read, and why', async () => {
    const names = ['no-such-report', 'not-junit', 'broken-close', 'truncated-in-output', 'unescaped']
    const { json } = await checkTests({ junit: [...names.map(fixture), folder, write('empty.xml', '')] })
    const told = json.report_problems.map(({ file, problem }) => [file.split('/').at(-1), problem])
    expect(Object.fromEntries(told)).toEqual({
      'no-such-report.xml': 'missing',
      'not-junit.xml': 'not-junit',
      'broken-close.xml': 'unparseable',
      'truncated-in-output.xml': 'truncated',
      'unescaped.xml': 'repaired',
      'empty.xml': 'empty',
      [folder.split('/').at(-1) ?? '']: 'unreadable',
    })
  })

  test.each([
    ['no-such-list.json', null, 'missing'],
    ['no-json.json', '{', 'unreadable'],
    ['no-list.json', '{"files": []}', 'unreadable'],
    ['wrong-type.json', '[{"files": "one.xml"}]', 'unreadable'],
  ])('says what is wrong with the list of attempts: %s', async (name, content, problem) => {
    const path = content === null ? join(folder, name) : write(name, content)
    const { json, exitCode } = await checkTests({ attempts: path })
    expect(json.report_problems).toMatchObject([{ file: path, problem }])
    expect(exitCode).toBe(2)
  })
})

describe('the text for people', () => {
  it('has the failures first, then what is flaky and why, and the sum last', async () => {
    const { text } = await checkTests({ junit: [fixture('surefire')] })
    expect(text).toBe(`Failed
  ✗ shop.BasketTest › refusesNegative
      no exception thrown

Flaky
  ~ shop.BasketTest › survivesRestart (its report tells of failed attempts, 2 failed attempts)
      expected: <2> but was: <1>

1 failed, 1 flaky, 1 passed, 0 skipped
`)
  })

  it('says a stress run once, a parent not beside its subtest, and what the format hides', async () => {
    const stress = await checkTests({ junit: [fixture('nextest-stress')] })
    expect(stress.text.match(/drains/g)).toHaveLength(1)
    const go = await checkTests({ junit: [fixture('gotestsum')] })
    expect(go.text).not.toMatch(/TestRefund \(/)
    const pytest = await checkTests({ junit: [fixture('pytest')] })
    expect(pytest.text).toContain('this report format shows only final outcomes')
  })

  it('tells incidents and problems', async () => {
    const cases = (child: string) =>
      Array.from({ length: 20 }, (_, index) => `<testcase name="t${index}">${child}</testcase>`).join('')
    const down = write('down.xml', suite(cases('<error message="database is away"/>')))
    const up = write('up.xml', suite(cases('')))
    const { text } = await checkTests({ junit: [down, up, fixture('no-such-report')] })
    expect(text).toContain(
      'test, attempt 1: 20 of 20 tests failed and 20 of them passed in the next attempt: database is away',
    )
    expect(text).toMatch(/no-such-report\.xml: missing \(no such file\)/)
  })

  it('is coloured only when told', async () => {
    expect((await checkTests({ junit: [fixture('surefire')] })).text).not.toContain('\u001b')
    expect((await checkTests({ junit: [fixture('surefire')], color: true })).text).toContain(
      '\u001b[31mFailed\u001b[0m',
    )
  })

  it('shows no control characters of a report', async () => {
    const path = write(
      'hostile.xml',
      suite('<testcase name="&#27;]0;x&#7;n"><failure message="&#27;[2J&#8;m"/></testcase>'),
    )
    // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what must not be there
    expect((await checkTests({ junit: [path] })).text).not.toMatch(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/)
  })
})

describe('the command', () => {
  const run = (...args: string[]) => {
    const program = `
      import { Command } from 'commander'
      import { registerCheckTests } from './src/desk/check-tests.ts'
      const program = new Command('pipewarden')
      registerCheckTests(program.command('check'))
      program.parseAsync()
    `
    const root = fileURLToPath(new URL('..', import.meta.url))
    const { status, stdout, stderr } = spawnSync(
      process.execPath,
      ['--import', 'tsx', '--input-type=module', '-e', program, '--', 'check', 'tests', ...args],
      { cwd: root, encoding: 'utf8' },
    )
    return { status, stdout, stderr }
  }

  it('prints JSON or text and ends with the exit code', () => {
    const asJson = run('--json', '--junit', fixture('surefire'))
    expect(JSON.parse(asJson.stdout)).toMatchObject({ counts: { failed: 1 } })
    expect(asJson.status).toBe(1)
    const asText = run('--junit', fixture('xunit'), fixture('marathon'))
    expect(asText.stdout).toContain('0 failed, 1 flaky, 1 passed, 1 skipped')
    expect(asText.status).toBe(0)
  })

  it('wants either a list of attempts or reports', () => {
    const { status, stderr } = run()
    expect(status).toBe(2)
    expect(stderr).toContain('give either --attempts FILE or --junit FILE')
  })
})
