import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { FlakyTestsFacts } from '../../workers/flaky-tests/facts.ts'
import { issuesOf } from '../../workers/flaky-tests/issues.ts'
import { flakySection } from '../../workers/flaky-tests/report.ts'
import { hostileText } from '../support/hostile-text.ts'
import { scanNote } from '../support/scan-note.ts'
import { endedFacts, flakyFacts, flakyTest, judged, judgedTest, latest } from './facts.ts'

const history = { state: 'flaky' as const, failures: 4, runs: 212, last: 41, knownFlaky: true }
const markdown = (change: Partial<FlakyTestsFacts>) => flakySection(endedFacts(change), {}).markdown

describe('the report', () => {
  it('lists real failures before what is folded', () => {
    const text = markdown({ judged: judged({ failed: [judgedTest()], flaky: [flakyTest({ id: 'k' })] }) })
    expect(text).toContain('1 test failed and 1 test is flaky')
    expect(text.indexOf('❌')).toBeLessThan(text.indexOf('<details>'))
    expect(text).toContain('[`Basket adds up`](https://gitlab.test/meadow/orchard/-/jobs/5001): expected 3, got 4')
  })

  it('splits flaky tests into new here and known, with their history and without a link to where they were seen', () => {
    const flaky = [flakyTest({ id: 'k' }), flakyTest({ id: 'n' })]
    const text = markdown({ judged: judged({ flaky }), history: { k: history } })
    expect(text).toContain('1 flaky test that nobody knew before: new here')
    expect(text).toContain('1 flaky test known from elsewhere')
    expect(text).toContain('passed only on retry, failed 4 of 212 runs, last on merge request 41')
    expect(text).not.toContain('!41')
  })

  it.each([
    ['broken', 'broken: its last 3 runs on the default branch failed, failed 4 of 212 runs'],
    ['flaky', 'known to be flaky, but it did not pass here, failed 4 of 212 runs'],
    ['suspected', 'suspected of being flaky, failed 4 of 212 runs'],
    ['healthy', ', failed 4 of 212 runs'],
  ] as const)('says of a failure what is known of a %s test', (state, words) => {
    const text = markdown({
      judged: judged({ failed: [judgedTest()] }),
      history: { aaaaaaaaaaaa: { ...history, state } },
    })
    expect(text).toContain(words)
  })

  it('says what was retried and what came of it', () => {
    const job = { name: 'rspec', url: 'https://gitlab.test/j', failureReason: 'api_failure', attempts: 2 }
    const text = markdown({
      retried: [
        { ...job, status: 'success' },
        { ...job, status: 'failed', attempts: 3 },
        { ...job, status: 'running' },
      ],
      refused: [{ job: 'jest', because: '403 Forbidden' }],
    })
    expect(text).toContain('failed with `api_failure` and passed when it was retried')
    expect(text).toContain('failed again when it was retried in attempt 3: that is final')
    expect(text).toContain('and is running again')
    expect(text).toContain('`jest` was not retried, for GitLab refused')
  })

  it('tells an incident as one cause', () => {
    const incident = {
      job: 'rspec',
      pipeline: 900,
      sha: 'a',
      attempt: 1,
      failed: 40,
      ran: 41,
      recovered: 40,
      message: 'no database',
    }
    expect(markdown({ judged: judged({ incidents: [incident] }) })).toContain(
      '`rspec`: 40 of 41 tests failed at once, and 40 of them passed in the next attempt: no database',
    )
  })

  it('says what could not be seen, and once for each job that its format hides retries', () => {
    const text = markdown({
      judged: judged({ failed: [judgedTest()], hiddenRetries: [{ job: 'jest', producer: 'jest', advice: 'do this' }] }),
      unread: [{ name: 'rspec', url: '', problems: [{ path: 'a.xml', what: 'truncated', why: 'it is cut' }] }],
      latestOnly: ['karma'],
    })
    expect(text).toContain('3 things that could not be seen')
    expect(text).toContain('`a.xml`: it is cut')
    expect(text.match(/shows only final outcomes/g)).toHaveLength(1)
    expect(text).toContain("`karma`: GitLab's own report shows the last attempt alone")
  })

  it('is empty when there is nothing to say', () => {
    expect(markdown({ judged: judged() })).toBe('')
    expect(flakySection(flakyFacts(), {}).markdown).toBe('')
  })

  it('does nothing of what a test, a job or a message asks for', () => {
    fc.assert(
      fc.property(hostileText(), (text) => {
        const identity = { job: text, suite: text, classname: text, name: text, variant: '' }
        const tests = { identity, message: text, file: text }
        const facts = endedFacts({
          judged: judged({
            failed: [judgedTest(tests)],
            flaky: [flakyTest({ ...tests, id: 'k' })],
            incidents: [
              { job: text, pipeline: 1, sha: text, attempt: 1, failed: 20, ran: 20, recovered: 20, message: text },
            ],
            hiddenRetries: [{ job: text, producer: 'jest', advice: text }],
            listedOnly: [text],
          }),
          retried: [{ name: text, url: text, failureReason: text, status: 'success', attempts: 2 }],
          refused: [{ job: text, because: text }],
          unread: [{ name: text, url: text, problems: [{ path: text, what: text, why: text }] }],
          latestOnly: [text],
          issues: { project: 1, known: [], owners: { [text]: [text] } },
        })
        const retry = flakyFacts({ ...facts, attempt: { job: 5001, latest: latest({ name: text }) } })
        for (const section of [
          flakySection(facts, {}),
          flakySection(retry, { retry: text }),
          flakySection(retry, { refusal: text }),
        ]) {
          expect(scanNote(section.markdown).dangers).toEqual([])
        }
        for (const issue of issuesOf(facts)) {
          expect(issue.type === 'keep_issue' && scanNote(issue.description).dangers).toEqual([])
        }
      }),
    )
  })
})
