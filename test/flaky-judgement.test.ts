import { fileURLToPath } from 'node:url'
import fc from 'fast-check'
import { describe, expect, it, test } from 'vitest'
import { fingerprint } from '../src/fingerprint.ts'
import { readJunit } from '../src/reports/junit/read.ts'
import type { TestOutcome } from '../src/reports/junit/types.ts'
import { readRetriedTests } from '../src/reports/retried-tests/read.ts'
import { gitlabKey, jobIdentity, withoutCheckout } from '../workers/flaky-tests/judge/identity.ts'
import { judge } from '../workers/flaky-tests/judge/judge.ts'
import { markListed } from '../workers/flaky-tests/judge/listed.ts'
import type { Attempt, AttemptReport, Verdict } from '../workers/flaky-tests/judge/types.ts'

const outcome = (given: Partial<TestOutcome>): TestOutcome => ({
  suite: 'suite',
  classname: 'class',
  name: 'test',
  file: null,
  status: 'passed',
  kind: given.status === 'failed' ? 'failure' : null,
  flakyAttempts: 0,
  rerunAttempts: 0,
  declaredAttempts: null,
  message: given.status === 'failed' ? 'boom' : null,
  seconds: null,
  attachment: null,
  retryAttachment: false,
  hostname: null,
  package: null,
  position: 0,
  ...given,
})
const passed = (given: Partial<TestOutcome> = {}) => outcome(given)
const failed = (given: Partial<TestOutcome> = {}) => outcome({ status: 'failed', ...given })
const skipped = (given: Partial<TestOutcome> = {}) => outcome({ status: 'skipped', ...given })

const report = (outcomes: TestOutcome[], given: Partial<AttemptReport> = {}): AttemptReport => ({
  path: 'junit.xml',
  outcomes: outcomes.map((one, position) => ({ ...one, position })),
  problems: [],
  producer: null,
  ...given,
})

const attempt = (given: Partial<Attempt>, ...outcomes: TestOutcome[]): Attempt => ({
  pipeline: 1,
  sha: 'aaaa',
  job: 'rspec',
  attempt: 1,
  failureReason: null,
  reports: outcomes.length > 0 ? [report(outcomes)] : [],
  ...given,
})

const fixture = async (name: string): Promise<AttemptReport> => {
  const path = fileURLToPath(new URL(`./fixtures/junit/${name}.xml`, import.meta.url))
  return { path, ...(await readJunit(path)) }
}

const brief = (verdict: Verdict): string =>
  [
    verdict.class,
    verdict.confidence,
    verdict.evidence,
    verdict.failedAttempts > 0 && `${verdict.failedAttempts} failed`,
  ]
    .filter(Boolean)
    .join(' ')

const judgeOne = (...attempts: Attempt[]): string => judge(attempts).tests.map(brief).join('; ')
const named = (verdicts: readonly Verdict[]): Record<string, string> =>
  Object.fromEntries(verdicts.map((verdict) => [verdict.identity.name, brief(verdict)]))

describe('one test on one commit', () => {
  test.each<[string, Attempt[], string]>([
    ['a pass is a pass', [attempt({}, passed())], 'passed'],
    ['a failure is a failure', [attempt({}, failed())], 'failed 1 failed'],
    ['a skip is a skip', [attempt({}, skipped())], 'skipped'],
    ['a skip says nothing beside a pass', [attempt({}, skipped()), attempt({ attempt: 2 }, passed())], 'passed'],
    [
      'a skip says nothing beside a failure',
      [attempt({}, failed()), attempt({ attempt: 2 }, skipped())],
      'failed 1 failed',
    ],
    ['failed attempts inside a testcase', [attempt({}, passed({ flakyAttempts: 2 }))], 'flaky high testcase 2 failed'],
    ['reruns inside a passed testcase', [attempt({}, passed({ rerunAttempts: 1 }))], 'flaky high testcase 1 failed'],
    ['reruns that all fail', [attempt({}, failed({ rerunAttempts: 2 }))], 'failed 3 failed'],
    ['a flaky test that fails the job', [attempt({}, failed({ flakyAttempts: 2 }))], 'flaky high testcase 2 failed'],
    [
      'fail, fail, pass in one report',
      [attempt({}, failed(), failed({ kind: 'error' }), passed())],
      'flaky high report 2 failed',
    ],
    ['pass before fail in one report', [attempt({}, passed(), failed())], 'flaky high report 1 failed'],
    ['always failing in one report', [attempt({}, failed(), failed(), failed())], 'failed 3 failed'],
    ['a retried job', [attempt({}, failed()), attempt({ attempt: 2 }, passed())], 'flaky high attempts 1 failed'],
    [
      'a retried job that errs first',
      [attempt({}, failed({ kind: 'error' })), attempt({ attempt: 2 }, passed())],
      'flaky high attempts 1 failed',
    ],
    ['a retried job that fails again', [attempt({}, failed()), attempt({ attempt: 2 }, failed())], 'failed 2 failed'],
    [
      'another shard after the retry',
      [attempt({ job: 'rspec 1/2' }, failed()), attempt({ job: 'rspec 2/2', attempt: 2 }, passed())],
      'flaky high shards 1 failed',
    ],
    [
      'another pipeline of the commit',
      [attempt({}, failed()), attempt({ pipeline: 2 }, passed())],
      'flaky high pipelines 1 failed',
    ],
    ['a property of several attempts', [attempt({}, passed({ declaredAttempts: 3 }))], 'flaky medium declared'],
    ['a property of one attempt', [attempt({}, passed({ declaredAttempts: 1 }))], 'passed'],
    [
      'an attempt without a report',
      [attempt({ failureReason: 'runner_system_failure' }), attempt({ attempt: 2 }, passed())],
      'passed',
    ],
  ])('%s', (_, attempts, expected) => {
    expect(judgeOne(...attempts)).toBe(expected)
  })

  it('tells that a flaky test fails its job', () => {
    expect(judge([attempt({}, failed({ flakyAttempts: 1 }))]).tests[0]?.failsJob).toBe(true)
    expect(judge([attempt({}, failed(), passed())]).tests[0]?.failsJob).toBe(false)
  })

  it('names the kind of the last failure, a failure before an error', () => {
    const kindOf = (...attempts: Attempt[]) => judge(attempts).tests[0]?.kind
    expect(kindOf(attempt({}, failed({ kind: 'error' })))).toBe('error')
    expect(kindOf(attempt({}, failed(), failed({ kind: 'error' })))).toBe('failure')
    expect(kindOf(attempt({}, failed()), attempt({ attempt: 2 }, failed({ kind: 'error' })))).toBe('error')
    expect(kindOf(attempt({}, failed()), attempt({ attempt: 2 }, passed()))).toBeNull()
  })

  it('leaves tests as they were that a partial retry did not run', () => {
    const first = attempt({}, failed({ name: 'a' }), failed({ name: 'b' }), passed({ name: 'c' }))
    const retry = attempt({ attempt: 2 }, passed({ name: 'a' }))
    expect(named(judge([first, retry]).tests)).toEqual({
      a: 'flaky high attempts 1 failed',
      b: 'failed 1 failed',
      c: 'passed',
    })
  })

  it('lists attempts without a report, with the reason that GitLab gives', () => {
    expect(judge([attempt({ failureReason: 'runner_system_failure' })]).unseen).toEqual([
      { job: 'rspec', pipeline: 1, sha: 'aaaa', attempt: 1, failureReason: 'runner_system_failure' },
    ])
  })
})

describe('several commits', () => {
  test.each<[string, Attempt[], string]>([
    ['mended is no flake', [attempt({}, failed()), attempt({ pipeline: 2, sha: 'bbbb' }, passed())], 'passed'],
    ['broken is no flake', [attempt({}, passed()), attempt({ pipeline: 2, sha: 'bbbb' }, failed())], 'failed 1 failed'],
    [
      'flaky on the first, passed on the second',
      [attempt({}, failed()), attempt({ attempt: 2 }, passed()), attempt({ pipeline: 2, sha: 'bbbb' }, passed())],
      'flaky high attempts 1 failed',
    ],
    [
      'flaky on the first, failed on the second',
      [attempt({}, failed(), passed()), attempt({ pipeline: 2, sha: 'bbbb' }, failed())],
      'failed 1 failed',
    ],
    [
      'skipped on the second',
      [attempt({}, failed()), attempt({ pipeline: 2, sha: 'bbbb' }, skipped())],
      'failed 1 failed',
    ],
  ])('%s', (_, attempts, expected) => {
    expect(judgeOne(...attempts)).toBe(expected)
  })
})

describe('pytest', () => {
  const pytest = { suite: 'pytest' }

  test.each<[string, Attempt[], string]>([
    [
      'bare passes and a failure are one failing test',
      [attempt({}, passed(pytest), passed(pytest), failed(pytest))],
      'failed 3 failed',
    ],
    [
      'bare passes alone hint at the flaky plugin',
      [attempt({}, passed(pytest), passed(pytest))],
      'flaky low bare_repeats 1 failed',
    ],
    ['a failure before a pass is a flake', [attempt({}, failed(pytest), passed(pytest))], 'flaky high report 1 failed'],
    ['in other suites bare passes are passes', [attempt({}, passed(), passed())], 'passed'],
    [
      'in other suites a pass before a failure is a flake',
      [attempt({}, passed(), failed())],
      'flaky high report 1 failed',
    ],
    [
      'a failure and the error of its teardown are one run',
      [attempt({}, failed(pytest), failed({ ...pytest, kind: 'error' }))],
      'failed 1 failed',
    ],
    [
      'the failing repeats of one attempt and a pass of the next',
      [attempt({}, passed(pytest), failed(pytest)), attempt({ attempt: 2 }, passed(pytest))],
      'flaky high attempts 2 failed',
    ],
    [
      'one pass in each of two attempts',
      [attempt({}, passed(pytest)), attempt({ attempt: 2 }, passed(pytest))],
      'passed',
    ],
  ])('%s', (_, attempts, expected) => {
    expect(judgeOne(...attempts)).toBe(expected)
  })
})

describe('what a test is known by', () => {
  test.each([
    ['rspec 1/4', 'rspec'],
    ['rspec 1:4', 'rspec'],
    ['rspec 1 4', 'rspec'],
    ['rspec: [pg14, 1]', 'rspec: [pg14, 1]'],
    ['rspec', 'rspec'],
    ['e2e 2', 'e2e 2'],
  ])('job %s is %s', (job, identity) => {
    expect(jobIdentity(job)).toBe(identity)
  })

  test.each([
    ['./spec/a_spec.rb', 'spec/a_spec.rb'],
    ['spec/a_spec.rb', 'spec/a_spec.rb'],
    ['/builds/acme/shop/spec/a.rb', 'acme/shop/spec/a.rb'],
    ['/home/gitlab-runner/builds/t3_kEnXy/0/acme/shop/a.rb', 'acme/shop/a.rb'],
    ['C:\\GitLab-Runner\\builds\\t3_kEnXy\\12\\acme\\shop\\a.cs', 'acme/shop/a.cs'],
    ['/app/a.rb', '/app/a.rb'],
    ['Acme\\FrontEnd\\Test', 'Acme\\FrontEnd\\Test'],
  ])('path %s is %s', (path, expected) => {
    expect(withoutCheckout(path)).toBe(expected)
  })

  it('takes the suite from the job where the report names none', () => {
    const { tests } = judge([attempt({ job: 'rspec 2/3' }, passed({ suite: null }))])
    expect(tests[0]?.identity).toEqual({ job: 'rspec', suite: 'rspec', classname: 'class', name: 'test', variant: '' })
    expect(tests[0]?.suites).toEqual(['rspec'])
  })

  it('keeps jobs of a matrix apart', () => {
    const matrix = [attempt({ job: 'test: [a]' }, failed()), attempt({ job: 'test: [b]' }, passed())]
    expect(judgeOne(...matrix)).toBe('failed 1 failed; passed')
  })

  it('keeps suites of one name apart where only the host name differs, in all attempts', async () => {
    const reports = [await fixture('playwright-default')]
    const retry = attempt(
      { attempt: 2 },
      passed({ suite: 'cart.spec.ts', classname: 'cart.spec.ts', name: 'cart › sums', hostname: 'chromium' }),
    )
    const { tests } = judge([attempt({ reports }), retry])
    expect(tests.map((verdict) => [verdict.identity.name, verdict.identity.variant, brief(verdict)])).toEqual([
      ['cart › empties', 'chromium', 'passed'],
      ['cart › sums', 'chromium', 'flaky high attempts 1 failed'],
      ['cart › empties', 'firefox', 'passed'],
      ['cart › sums', 'firefox', 'passed'],
    ])
    expect(tests.map(({ hint }) => hint)).toEqual(['retry_attachment', null, null, null])
  })

  it('ignores the host name where it differs only from report to report', () => {
    expect(judgeOne(attempt({}, failed({ hostname: 'a' })), attempt({ attempt: 2 }, passed({ hostname: 'b' })))).toBe(
      'flaky high attempts 1 failed',
    )
  })

  it('keeps packages apart in the same way', () => {
    expect(judgeOne(attempt({}, failed({ package: 'a' }), passed({ package: 'b' })))).toBe('failed 1 failed; passed')
  })

  it('keeps equal names in different files of one report apart, and unites them where the file moved', async () => {
    expect(judge([attempt({ reports: [await fixture('twins')] })]).tests.map(brief)).toEqual([
      'flaky high report 1 failed',
      'passed',
    ])
    expect(judgeOne(attempt({}, failed({ file: 'a.rb' })), attempt({ attempt: 2 }, passed({ file: 'b.rb' })))).toBe(
      'flaky high attempts 1 failed',
    )
  })

  it('takes repetitions of a stress run for one test', async () => {
    const { tests } = judge([attempt({ reports: [await fixture('nextest-stress')] })])
    expect(named(tests)).toEqual({ drains: 'flaky high report 1 failed', orders: 'passed' })
    expect(tests[0]?.suites).toEqual(['ledger::queue@stress-0', 'ledger::queue@stress-1'])
  })

  it('counts tests without a name and never unites them', async () => {
    const { tests, unnamed } = judge([attempt({ reports: [await fixture('unnamed')] })])
    expect(unnamed).toEqual({ total: 3, failed: 1 })
    expect(tests).toHaveLength(1)
  })

  it('lists setup scripts apart, never flaky', () => {
    const setup = { suite: '@setup-script:seed', classname: '@setup-script:seed', name: 'seed' }
    const { tests, setupScripts } = judge([attempt({}, failed(setup)), attempt({ attempt: 2 }, passed(setup))])
    expect(tests).toEqual([])
    expect(setupScripts.map(brief)).toEqual(['passed'])
  })

  it('makes the key that GitLab makes', () => {
    const [flaky] = judge([
      attempt(
        { job: 'rspec 1/2' },
        ...[failed, passed].map((make) => make({ suite: null, classname: 'Foo', name: 'bar' })),
      ),
    ]).tests
    expect(flaky?.gitlabKey).toBe(gitlabKey({ suite: 'rspec', classname: 'Foo', name: 'bar' }, 'x'))
    expect(judge([attempt({}, passed())]).tests[0]?.gitlabKey).toBeNull()
    expect(gitlabKey({ suite: 'rspec', classname: 'Foo', name: 'bar' }, 'x')).toBe(
      '98c312aeae4a9f1db7b9b8efabd3f836420b7bc6404c50d4d49a2a87ab7e66e8',
    )
  })
})

describe("Go's subtests", () => {
  it('folds a flaky parent into its flaky subtest', async () => {
    const { tests } = judge([attempt({ reports: [await fixture('gotestsum')] })])
    expect(named(tests)).toEqual({
      TestMain: 'failed 1 failed',
      TestLimits: 'failed 2 failed',
      TestRefund: 'flaky high report 1 failed',
      'TestRefund/full': 'passed',
      'TestRefund/partial': 'flaky high report 1 failed',
      TestSlow: 'skipped',
    })
    const folded = tests.filter(({ foldedInto }) => foldedInto !== null)
    expect(folded.map(({ identity, foldedInto }) => [identity.name, foldedInto])).toEqual([
      ['TestRefund', 'TestRefund/partial'],
    ])
  })

  it('folds into the deepest, and leaves a parent that failed for good', () => {
    const flaky = (name: string) => [failed({ name }), passed({ name })]
    const { tests } = judge([
      attempt({}, ...flaky('A'), ...flaky('A/b'), ...flaky('A/b/c'), failed({ name: 'B' }), ...flaky('B/x')),
    ])
    expect(tests.map(({ identity, foldedInto }) => [identity.name, foldedInto])).toEqual([
      ['A', 'A/b/c'],
      ['A/b', 'A/b/c'],
      ['A/b/c', null],
      ['B', null],
      ['B/x', null],
    ])
  })
})

describe('incidents', () => {
  const many = (
    count: number,
    make: (given: Partial<TestOutcome>) => TestOutcome,
    given: Partial<TestOutcome> = {},
    from = 0,
  ) => Array.from({ length: count }, (_, index) => make({ name: `t${from + index}`, ...given }))
  const counts = (...attempts: Attempt[]) => {
    const { tests, incidents } = judge(attempts)
    return {
      incidents: incidents.length,
      flaky: tests.filter((verdict) => verdict.class === 'flaky').length,
      failed: tests.filter((verdict) => verdict.class === 'failed').length,
      marked: tests.filter(({ incident }) => incident).length,
    }
  }

  it('an attempt in which nearly everything failed, and that the next disproved, is one incident', () => {
    const first = attempt(
      {},
      ...many(30, failed, { message: 'connect ECONNREFUSED 10.0.0.7:5432' }),
      ...many(10, passed, {}, 30),
    )
    const second = attempt({ attempt: 2 }, ...many(40, passed))
    expect(counts(first, second)).toEqual({ incidents: 1, flaky: 0, failed: 0, marked: 30 })
    expect(judge([first, second]).incidents).toEqual([
      {
        job: 'rspec',
        pipeline: 1,
        sha: 'aaaa',
        attempt: 1,
        failed: 30,
        ran: 40,
        recovered: 30,
        message: 'connect ECONNREFUSED 10.0.0.7:5432',
      },
    ])
  })

  test.each<[string, Attempt[], object]>([
    [
      '19 failures are too few',
      [attempt({}, ...many(19, failed)), attempt({ attempt: 2 }, ...many(19, passed))],
      { incidents: 0, flaky: 19 },
    ],
    [
      '20 are enough',
      [attempt({}, ...many(20, failed)), attempt({ attempt: 2 }, ...many(20, passed))],
      { incidents: 1, flaky: 0 },
    ],
    [
      'half of the tests is enough',
      [attempt({}, ...many(20, failed), ...many(20, passed, {}, 20)), attempt({ attempt: 2 }, ...many(40, passed))],
      { incidents: 1, flaky: 0 },
    ],
    [
      'less than half is not',
      [attempt({}, ...many(20, failed), ...many(21, passed, {}, 20)), attempt({ attempt: 2 }, ...many(41, passed))],
      { incidents: 0, flaky: 20 },
    ],
    [
      'nine of ten recovered is enough, and who failed again failed',
      [attempt({}, ...many(20, failed)), attempt({ attempt: 2 }, ...many(18, passed), ...many(2, failed, {}, 18))],
      { incidents: 1, flaky: 0, failed: 2 },
    ],
    [
      'less is not',
      [attempt({}, ...many(20, failed)), attempt({ attempt: 2 }, ...many(17, passed), ...many(3, failed, {}, 17))],
      { incidents: 0, flaky: 17, failed: 3 },
    ],
    ['without a next attempt they are failures', [attempt({}, ...many(30, failed))], { incidents: 0, failed: 30 }],
    [
      'the next attempt of another job proves nothing',
      [attempt({}, ...many(30, failed)), attempt({ job: 'jest', attempt: 2 }, ...many(30, passed))],
      { incidents: 0, failed: 30 },
    ],
    [
      'another pipeline of the commit is a next attempt too',
      [attempt({}, ...many(20, failed)), attempt({ pipeline: 2 }, ...many(20, passed))],
      { incidents: 1, flaky: 0 },
    ],
    [
      'files of one attempt count together',
      [
        attempt({ reports: [report(many(12, failed)), report(many(12, failed, {}, 12), { path: 'b.xml' })] }),
        attempt({ attempt: 2 }, ...many(24, passed)),
      ],
      { incidents: 1, flaky: 0 },
    ],
  ])('%s', (_, attempts, expected) => {
    expect(counts(...attempts)).toMatchObject(expected)
  })

  it('takes the share from the options', () => {
    const attempts = [
      attempt({}, ...many(20, failed), ...many(30, passed, {}, 20)),
      attempt({ attempt: 2 }, ...many(50, passed)),
    ]
    expect(judge(attempts, { massFailure: 0.4 }).incidents).toHaveLength(1)
    expect(judge(attempts, { massFailure: 0.41 }).incidents).toHaveLength(0)
  })

  it('still calls flaky what disagrees outside of the incident', () => {
    const attempts = [
      attempt({}, ...many(30, failed)),
      attempt({ attempt: 2 }, failed({ name: 't0' }), ...many(29, passed, {}, 1)),
      attempt({ attempt: 3 }, ...many(30, passed)),
    ]
    expect(named(judge(attempts).tests)).toMatchObject({ t0: 'flaky high attempts 1 failed', t1: 'passed' })
  })
})

describe('what the format hides', () => {
  test.each([
    ['pytest', ['pytest']],
    ['rspec', ['rspec']],
    ['vitest', ['vitest']],
    ['mocha', ['mocha']],
    ['playwright-default', ['playwright']],
    ['playwright-retries', []],
    ['jest', []],
    ['surefire', []],
    ['gotestsum', []],
  ])('%s', async (name, producers) => {
    const reports = [await fixture(name)]
    const { hiddenRetries } = judge([attempt({ job: 'test 1/2', reports }), attempt({ job: 'test 2/2', reports })])
    expect(hiddenRetries.map(({ producer }) => producer)).toEqual(producers)
    for (const { job } of hiddenRetries) expect(job).toBe('test')
  })

  it('names the option that would show them', async () => {
    const { hiddenRetries } = judge([attempt({ reports: [await fixture('playwright-default')] })])
    expect(hiddenRetries[0]?.advice).toContain('includeRetries: true')
  })
})

describe('fingerprints', () => {
  test.each([
    ['expected 3 but was 17', 'expected 42 but was 1,024.5'],
    ['no row 0f8fad5b-d9cb-469f-a165-70867728950e', 'no row 7c9e6679-7425-40de-944b-e07fc1f90ae7'],
    ['at 0x7f3a2c', 'at 0xdeadbeef'],
    ['cannot open /builds/a/b/c.txt', 'cannot open /builds/t3/0/a/b/c.txt'],
    ['commit 1f9b4f2c', 'commit 00c0ffee11'],
    ['timeout\nat line 3', 'timeout\nat line 9'],
  ])('%s is %s', (left, right) => {
    expect(fingerprint(left)).toBe(fingerprint(right))
  })

  it('keep the words apart', () => {
    expect(fingerprint('expected 3 apples')).not.toBe(fingerprint('expected 3 pears'))
  })
})

describe("the project's own reports of retried tests", () => {
  const url = 'https://gitlab.example/acme/shop/-/jobs'

  test.each([
    [
      'rows on lines of their own',
      `${url}/1\n./spec/a_spec.rb[1:2]   | failed | 0.12 seconds |\n./spec/b c_spec.rb[1:3:1] | failed | 2 minutes 3 seconds |\n`,
    ],
    [
      'rows flattened onto one line',
      `${url}/1\n./spec/a_spec.rb[1:2] | failed | 0.12 seconds | ./spec/b c_spec.rb[1:3:1] | failed | 2 minutes 3 seconds |\n`,
    ],
    [
      'everything on one line',
      `${url}/1 ./spec/a_spec.rb[1:2] | failed | 0.12 seconds | ./spec/b c_spec.rb[1:3:1] | failed | `,
    ],
  ])('%s', (_, text) => {
    const { tests, problem } = readRetriedTests(text)
    expect(problem).toBeNull()
    expect(tests.map(({ id, file, jobUrl }) => [id, file, jobUrl])).toEqual([
      ['./spec/a_spec.rb[1:2]', 'spec/a_spec.rb', `${url}/1`],
      ['./spec/b c_spec.rb[1:3:1]', 'spec/b c_spec.rb', `${url}/1`],
    ])
  })

  it('are concatenated, each with the URL of its job', () => {
    const { tests } = readRetriedTests(
      `${url}/1\n./a.rb[1] | failed | 1 second |\n\n${url}/2\n\n${url}/3\n./b.rb[1] | failed | 1 second |\n`,
    )
    expect(tests.map(({ id, jobUrl }) => [id, jobUrl])).toEqual([
      ['./a.rb[1]', `${url}/1`],
      ['./b.rb[1]', `${url}/3`],
    ])
  })

  it('are read as JSON by description too', () => {
    const json = {
      '6e869c3bbf3f3d1d5b4b4b9b8f0b9f27': {
        example_id: './spec/a_spec.rb[1:1]',
        file: './spec/a_spec.rb',
        line: 3,
        description: 'Invoice sums its lines',
        first_flaky_at: '2026-01-01 10:00:00 UTC',
        last_flaky_at: '2026-01-02 10:00:00 UTC',
        last_flaky_job: `${url}/9`,
        last_attempts_count: 2,
        flaky_reports: 4,
      },
      broken: 'value',
      '00': { example_id: 7, description: 'only a description' },
    }
    expect(readRetriedTests(JSON.stringify(json)).tests).toEqual([
      {
        id: './spec/a_spec.rb[1:1]',
        file: 'spec/a_spec.rb',
        description: 'Invoice sums its lines',
        reports: 4,
        attempts: 2,
        jobUrl: `${url}/9`,
      },
      { id: null, file: null, description: 'only a description', reports: null, attempts: null, jobUrl: null },
    ])
  })

  test.each([
    ['', null],
    [`${url}/1\n\n`, null],
    ['{}', null],
    ['{"a": ', 'unparseable'],
    ['[1]', 'unparseable'],
  ])('%j lists nothing, problem %s', (text, problem) => {
    expect(readRetriedTests(text)).toEqual({ tests: [], problem })
  })

  it('make what they list flaky, hide no failure, and keep what no report knows', () => {
    const { tests } = judge([
      attempt(
        {},
        passed({ name: 'Invoice sums', file: './spec/a_spec.rb' }),
        failed({ name: 'Invoice breaks' }),
        passed({ name: 'Invoice prints' }),
      ),
    ])
    const listed = (description: string, file: string | null = null) => ({
      id: null,
      file,
      description,
      reports: 1,
      attempts: 2,
      jobUrl: null,
    })
    const stranger = { ...listed('Order ships'), id: './spec/o_spec.rb[1]' }
    const namesake = listed('Invoice sums', 'spec/other_spec.rb')
    const marked = markListed(tests, [
      listed('Invoice  sums', 'spec/a_spec.rb'),
      listed('Invoice breaks'),
      stranger,
      namesake,
    ])
    expect(named(marked.tests)).toEqual({
      'Invoice sums': 'flaky high listed',
      'Invoice breaks': 'failed 1 failed',
      'Invoice prints': 'passed',
    })
    expect(marked.others).toEqual([stranger, namesake])
  })
})

describe('the order of the inputs', () => {
  const anyOutcome = fc.record({
    suite: fc.constantFrom('pytest', 's', null),
    classname: fc.constantFrom('c', '', null),
    name: fc.constantFrom('a', 'a/b', 'a/b/c', null),
    file: fc.constantFrom('x', 'y', null),
    status: fc.constantFrom('passed' as const, 'failed' as const, 'skipped' as const),
    kind: fc.constantFrom('failure' as const, 'error' as const),
    flakyAttempts: fc.constantFrom(0, 0, 0, 1),
    rerunAttempts: fc.constantFrom(0, 0, 0, 2),
    declaredAttempts: fc.constantFrom(null, null, 1, 2),
    message: fc.constantFrom('boom 1', 'boom 2', 'other'),
    hostname: fc.constantFrom(null, null, 'h1', 'h2'),
    retryAttachment: fc.boolean(),
  })
  const toOutcome = (given: Partial<TestOutcome>) =>
    outcome({
      ...given,
      kind: given.status === 'failed' ? (given.kind ?? null) : null,
      message: given.status === 'failed' ? (given.message ?? null) : null,
    })
  const anyAttempt = fc
    .record({
      pipeline: fc.integer({ min: 1, max: 3 }),
      sha: fc.constantFrom('aaaa', 'bbbb'),
      job: fc.constantFrom('t 1/2', 't 2/2', 'u'),
      attempt: fc.integer({ min: 1, max: 3 }),
      reports: fc.array(fc.array(anyOutcome, { maxLength: 8 }), { maxLength: 3 }),
    })
    .map(({ reports, ...given }) =>
      attempt({
        ...given,
        reports: reports.map((outcomes, index) => report(outcomes.map(toOutcome), { path: `${index}.xml` })),
      }),
    )

  it('never shows in the judgement', () => {
    const shuffled = fc
      .array(anyAttempt, { maxLength: 6 })
      .chain((attempts) =>
        fc.tuple(fc.constant(attempts), fc.shuffledSubarray(attempts, { minLength: attempts.length })),
      )
    fc.assert(
      fc.property(shuffled, ([attempts, others]) => {
        const reversed = others.map((one) => ({ ...one, reports: [...one.reports].reverse() }))
        expect(judge(reversed)).toEqual(judge(attempts))
      }),
      { numRuns: 300 },
    )
  })

  it('leaves the inputs as they were', () => {
    const attempts = [attempt({}, failed(), passed()), attempt({ attempt: 2 }, passed())]
    const before = structuredClone(attempts)
    judge(attempts)
    expect(attempts).toEqual(before)
  })
})
