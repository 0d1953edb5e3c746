import { describe, expect, it } from 'vitest'
import type { Action } from '../../src/action.ts'
import { decide } from '../../workers/flaky-tests/decide.ts'
import type { FlakyTestsFacts } from '../../workers/flaky-tests/facts.ts'
import { endedFacts, flakyFacts, flakyTest, judged, judgedTest, latest } from './facts.ts'

const types = (actions: readonly Action[]) => actions.map(({ type }) => type)
const of = <Type extends Action['type']>(facts: FlakyTestsFacts, type: Type) =>
  decide(facts).actions.find((action): action is Extract<Action, { type: Type }> => action.type === type)
const attempt = (
  change: Parameters<typeof latest>[0],
  tests: NonNullable<FlakyTestsFacts['attempt']>['tests'] = null,
) => ({
  attempt: { job: 5001, latest: latest(change), tests },
})
const lost = attempt({ failureReason: 'runner_system_failure' })
const known = { name: 'a', message: 'm', knownFlaky: true }

describe('a failed job', () => {
  it.each([
    ['for its failure reason', lost, '', 'rspec gets another try: its failure reason is runner_system_failure'],
    [
      'for what its trace shows',
      attempt({ tracePattern: 'registry' }),
      '',
      'rspec gets another try: its trace shows "registry"',
    ],
    [
      'for its only failing test',
      attempt({}, [known]),
      '',
      'rspec gets another try: its only failing test is known to be flaky',
    ],
    [
      'for all of its failing tests',
      attempt({}, [known, known]),
      '',
      'rspec gets another try: all of its 2 failing tests are known to be flaky',
    ],
    [
      'while it has tries left',
      attempt({ failureReason: 'api_failure', attempts: 2 }),
      'retry: {max_per_job: 2}',
      'rspec gets another try: its failure reason is api_failure',
    ],
  ])('is retried %s', (_, change, yaml, because) => {
    const decision = decide(flakyFacts(change, yaml))
    expect(decision.because).toBe(because)
    expect(decision.actions[0]).toEqual({ type: 'retry_job', project: 41, job: 5001, mayBeRefused: true })
  })

  it.each([
    [
      'that GitLab does not list',
      { attempt: { job: 5001, latest: null } },
      '',
      'GitLab does not list the job in its pipeline any more',
    ],
    [
      'that was retried already',
      attempt({ id: 5002, status: 'running' }),
      '',
      'job 5002 is a newer attempt of rspec (running)',
    ],
    ['that is being run again', attempt({ status: 'running' }), '', 'rspec is running by now'],
    [
      'that failed twice',
      attempt({ failureReason: 'api_failure', attempts: 2 }),
      '',
      'rspec failed 2 times: that is final',
    ],
    ['that deploys', attempt({ name: 'deploy', failureReason: 'api_failure' }), '', 'deploy is never retried'],
    ['for whose failure nothing speaks', {}, '', 'nothing says that another try would help rspec'],
    [
      'of which one test is not known',
      attempt({}, [known, { ...known, knownFlaky: false }]),
      '',
      'nothing says that another try would help rspec',
    ],
    ['in which no test failed', attempt({}, []), '', 'nothing says that another try would help rspec'],
    [
      'for flaky tests, when that is switched off',
      attempt({}, [known]),
      'retry: {known_flaky: false}',
      'nothing says that another try would help rspec',
    ],
    [
      'whose retries have never helped',
      attempt({ failureReason: 'api_failure', helpless: 6 }),
      '',
      'rspec is not retried: 6 retries of such a failure have never helped',
    ],
    [
      'of a pipeline that was stopped',
      { ...lost, stopped: true },
      '',
      'jobs of the pipeline were cancelled, so nothing in it is retried',
    ],
    [
      'of a pipeline that was overtaken',
      { ...lost, mergeRequest: { iid: 6, headPipeline: 901, hasNotes: false } },
      '',
      'pipeline 901 of the merge request is newer, so nothing is retried',
    ],
  ])('%s is not retried', (_, change, yaml, because) => {
    const decision = decide(flakyFacts(change as Partial<FlakyTestsFacts>, yaml))
    expect(decision.because).toBe(because)
    expect(types(decision.actions)).not.toContain('retry_job')
  })
})

describe('the note', () => {
  const failed = { judged: judged({ failed: [judgedTest()] }) }
  const note = (facts: FlakyTestsFacts) => of(facts, 'write_note')

  it('is bad news for a real failure, and not yet while it is retried', () => {
    expect(note(flakyFacts(failed))?.section.verdict).toBe('bad')
    expect(note(flakyFacts({ ...failed, ...lost }))?.section.verdict).toBe('neutral')
  })

  it('is bad also for a failure without the name of a test', () => {
    expect(note(flakyFacts({ judged: judged({ unnamedFailures: 1 }) }))?.section.verdict).toBe('bad')
  })

  it('says instead that the retry was refused, should it be', () => {
    const written = note(flakyFacts({ ...failed, ...lost }))
    expect(written?.section.markdown).toContain('is being retried: its failure reason is')
    expect(written?.ifRefused?.markdown).toContain('but GitLab refused')
    expect(written?.ifRefused?.verdict).toBe('bad')
  })

  it('is taken back when there is nothing to say any more', () => {
    const nothing = endedFacts({ judged: judged(), mergeRequest: { iid: 6, headPipeline: 900, hasNotes: true } })
    expect(note(nothing)).toMatchObject({ section: { markdown: '' }, onlyIfThere: true })
    expect(note(endedFacts({ judged: judged() }))).toBeUndefined()
  })

  it.each([
    ['no merge request', { mergeRequest: null }, ''],
    ['a newer pipeline', { mergeRequest: { iid: 6, headPipeline: 901, hasNotes: false } }, ''],
    ['another job that failed later', { reportedBy: 'jest' }, ''],
    ['notes switched off', {}, 'flaky_tests: {note: false}'],
  ])('is not written with %s', (_, change, yaml) => {
    expect(note(flakyFacts({ ...failed, ...change }, yaml))).toBeUndefined()
  })
})

describe('what is remembered', () => {
  const found = judged({ failed: [judgedTest({ id: 'f' })], flaky: [flakyTest({ id: 'k' })], passed: ['p'] })

  it('is everything once the pipeline is over', () => {
    expect(of(endedFacts({ judged: found, explained: { p: false } }), 'remember_tests')).toMatchObject({
      origin: 6,
      ran: ['rspec'],
      verdicts: [
        { id: 'k', verdict: 'flaky' },
        { id: 'f', verdict: 'failed' },
      ],
      passed: [{ id: 'p', explained: false }],
    })
  })

  it('is what is proven already while it runs', () => {
    expect(of(flakyFacts({ judged: found }), 'remember_tests')).toMatchObject({
      ran: [],
      verdicts: [{ id: 'k' }],
      passed: [],
    })
  })

  it('is nothing of a failure with nearly everything else, nor of a mere hint', () => {
    const flaky = [flakyTest({ confidence: 'low' }), flakyTest({ mass: true })]
    const unsure = judged({ failed: [judgedTest({ mass: true })], flaky })
    expect(of(endedFacts({ judged: unsure }), 'remember_tests')?.verdicts).toEqual([])
    const inside = judged({ flaky: [flakyTest({ mass: true, evidence: 'testcase' })] })
    expect(of(endedFacts({ judged: inside }), 'remember_tests')?.verdicts).toHaveLength(1)
  })

  it('comes first, so that no refusal loses it', () => {
    const facts = flakyFacts({ judged: found, ...lost })
    expect(types(decide(facts).actions)).toEqual(['remember_tests', 'retry_job', 'write_note'])
  })
})

describe('issues', () => {
  const kept = { project: 77, known: [], owners: { 'spec/basket_spec.rb': ['@meadow/growers'] } }
  const issues = (facts: FlakyTestsFacts) => decide(facts).actions.filter(({ type }) => type === 'keep_issue')
  const many = (count: number, message: (index: number) => string) =>
    Array.from({ length: count }, (_, index) => flakyTest({ id: `t${index}`, message: message(index) }))

  it('name the test, its job, file and owners, and mention nobody', () => {
    const [issue] = issues(endedFacts({ judged: judged({ flaky: [flakyTest()] }), issues: kept }))
    expect(issue).toMatchObject({
      project: 77,
      marker: '<!-- pipewarden:flaky-test 41:aaaaaaaaaaaa -->',
      state: 'opened',
    })
    expect(JSON.stringify(issue)).toContain('`@meadow/growers`')
    expect(JSON.stringify(issue)).toContain('`spec/basket_spec.rb`')
  })

  it('are none for what is not proven, and say what they rest on', () => {
    const flaky = [flakyTest({ confidence: 'low' }), flakyTest({ id: 'b', evidence: 'listed' })]
    const [issue, ...others] = issues(endedFacts({ judged: judged({ flaky }), issues: kept }))
    expect(others).toEqual([])
    expect(JSON.stringify(issue)).toContain('This test is said to pass only after it was retried.')
  })

  it('that cannot be kept are told in the decision', () => {
    const facts = endedFacts({ judged: judged({ flaky: [flakyTest()] }), issues: { refused: 'GET x: 404' } })
    expect(issues(facts)).toEqual([])
    expect(decide(facts).because).toMatch(/; issues of flaky tests cannot be kept: GET x: 404$/)
  })

  it('are three new ones at most, beside those that are there', () => {
    const flaky = many(6, (index) => `cause ${'abcdef'[index]}`)
    const known = [{ marker: '<!-- pipewarden:flaky-test 41:t5 -->', state: 'closed' }]
    const markers = issues(endedFacts({ judged: judged({ flaky }), issues: { ...kept, known } })).map(
      (action) => action.type === 'keep_issue' && action.marker,
    )
    expect(markers).toEqual(['t0', 't1', 't2', 't5'].map((id) => `<!-- pipewarden:flaky-test 41:${id} -->`))
  })

  it('are one for ten tests that fail in the same way', () => {
    const ten = issues(
      endedFacts({ judged: judged({ flaky: many(10, (index) => `port ${index} refused`) }), issues: kept }),
    )
    expect(ten).toHaveLength(1)
    expect(ten[0]).toMatchObject({ title: 'Flaky tests with one cause: port 0 refused' })
    expect(issues(endedFacts({ judged: judged({ flaky: many(9, () => 'x') }), issues: kept }))).toHaveLength(3)
  })
})
