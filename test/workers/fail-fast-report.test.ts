import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { FailFastFacts } from '../../workers/fail-fast/facts.ts'
import { failFastOptions } from '../../workers/fail-fast/options.ts'
import { failFastSection } from '../../workers/fail-fast/report.ts'
import { configOf, failedTest, failFastFacts, latestJob } from '../support/builders.ts'
import { hostileText } from '../support/hostile-text.ts'
import { scanNote } from '../support/scan-note.ts'

const text = (change: Partial<FailFastFacts> = {}): string => failFastSection(failFastFacts(change)).markdown
const tests = (count: number) => Array.from({ length: count }, (_, index) => failedTest({ name: `test ${index + 1}` }))

describe('the note about a stopped pipeline', () => {
  it('says what failed, what was stopped and what that saves, and links both', () => {
    expect(text()).toContain(
      '[`rspec fail-fast`](https://gitlab.test/meadow/orchard/-/jobs/5001) failed, so 2 jobs of ' +
        '[pipeline 900](https://gitlab.test/meadow/orchard/-/pipelines/900) were stopped, which saves about 10 min of jobs.',
    )
  })

  it.each([
    { left: 1, saved: 90, says: 'so 1 job of' },
    { left: 1, saved: 90, says: 'was stopped, which saves about 2 min of jobs.' },
    { left: 25, saved: 7_500, says: 'were stopped, which saves about 2 h 5 min of jobs.' },
    { left: 3, saved: 0, says: 'were stopped.' },
    { left: 3, saved: null, says: 'were stopped.' },
  ])('says "$says" of $left jobs that would have taken $saved s', ({ left, saved, says }) => {
    expect(text({ left: { count: left, names: ['rspec'] }, savedSeconds: saved })).toContain(says)
  })

  it('names each failing test with its message', () => {
    expect(text()).toContain('1 test failed:\n\n- `Basket adds up`: expected 3, got 4')
  })

  it('names a failing test that has no message alone', () => {
    expect(text({ failedTests: [failedTest({ message: '' })] })).toContain('- `Basket adds up`\n')
  })

  it('shows ten failing tests in their order', () => {
    const ten = text({ failedTests: tests(10) })
    expect(ten.match(/^- `test \d+`/gm)).toEqual(tests(10).map(({ name }) => `- \`${name}\``))
    expect(ten).not.toMatch(/and \d+ more/)
  })

  it('counts the failing tests after the tenth', () => {
    const many = text({ failedTests: tests(13) })
    expect(many).toContain('13 tests failed:')
    expect(many).toContain('- `test 10`: expected 3, got 4\n- and 3 more')
    expect(many).not.toContain('`test 11`')
  })

  it.each([{ failedTests: [] }, { failedTests: null }])('says nothing of failed tests for $failedTests', (facts) => {
    expect(text(facts)).not.toContain('failed:')
  })

  it('tells how to opt out, by the first of the labels', () => {
    expect(text()).toContain('set the label `pipeline:skip-fail-fast`.')
    const options = failFastOptions(configOf('fail_fast: {skip_labels: [patience, calm]}'))
    expect(text({ options })).toContain('set the label `patience`.')
  })

  it('promises no label where none is configured', () => {
    const none = text({ options: failFastOptions(configOf('fail_fast: {skip_labels: []}')) })
    expect(none).not.toContain('set the label')
    expect(none).toContain('Jobs that were stopped can be retried in the pipeline.')
  })

  it('keeps in a collapsed part which jobs and pipelines were stopped, and why nothing spoke against it', () => {
    const seen = text({
      left: { count: 12, names: ['lint', 'package'] },
      downstream: [{ project: 42, pipeline: 77, url: 'https://gitlab.test/meadow/press/-/pipelines/77' }],
    }).split('<details>')[1]
    expect(seen).toContain('<summary>What was seen and decided</summary>')
    expect(seen).toContain('its failure, `script_failure`, is not one that a retry mends')
    expect(seen).toContain('stopped: `lint`, `package`, and 10 more')
    expect(seen).toContain('[downstream pipeline 77](https://gitlab.test/meadow/press/-/pipelines/77)')
    expect(seen).toContain('</details>')
  })

  it('speaks of downstream pipelines where no job of its own was left, and says which one goes on', () => {
    const [press, shop] = [77, 78].map((pipeline) => ({
      project: 42,
      pipeline,
      url: `https://gitlab.test/meadow/press/-/pipelines/${pipeline}`,
    }))
    const left = { count: 0, names: [] }
    const note = text({
      left,
      downstream: press ? [press] : [],
      spared: shop ? [{ ...shop, because: 'deploy is deploying to market' }] : [],
    })
    expect(note).toContain('failed, so 1 pipeline that [pipeline 900]')
    expect(note).toContain('had started was stopped.')
    expect(note).toContain(
      'goes on: [downstream pipeline 78](https://gitlab.test/meadow/press/-/pipelines/78), for deploy is deploying to market',
    )
  })

  it('is bad news of its own reaction', () => {
    expect(failFastSection(failFastFacts())).toMatchObject({ reaction: 'fail-fast', verdict: 'bad' })
  })

  it('is inert, whatever jobs, tests, messages and labels are called', () => {
    const facts = fc.record({
      name: hostileText(),
      test: hostileText(),
      message: hostileText(),
      left: hostileText(),
      label: hostileText(),
    })
    fc.assert(
      fc.property(facts, ({ name, test, message, left, label }) => {
        const { failFast, ...options } = failFastOptions(configOf())
        const markdown = text({
          options: { ...options, failFast: { ...failFast, skipLabels: [label] } },
          latest: latestJob({ name, failureReason: left }),
          left: { count: 2, names: [left, name] },
          failedTests: [failedTest({ name: test, message })],
        })
        expect(scanNote(markdown).dangers).toEqual([])
      }),
      { numRuns: 150 },
    )
  })
})
