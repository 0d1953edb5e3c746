import { Readable } from 'node:stream'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { GitLabReader } from '../../src/gitlab/faces.ts'
import type { ArtifactReader } from '../../src/reports/artifacts/reader.ts'
import { idOfTest } from '../../src/store/tests/identify.ts'
import { createTestMemory, type KnownTest } from '../../src/store/tests/read.ts'
import { newRecord } from '../../src/store/tests/record.ts'
import { keyOf } from '../../workers/flaky-tests/judge/identity.ts'
import { noResultCache } from '../../workers/flaky-tests/results/cache.ts'
import { withOwnThread } from '../../workers/flaky-tests/results/create.ts'
import { createTestReader } from '../../workers/flaky-tests/results/failures.ts'
import { createResultReader } from '../../workers/flaky-tests/results/reader.ts'
import { createReportWork } from '../../workers/flaky-tests/results/report-work.ts'
import { TestThread } from '../../workers/flaky-tests/results/test-thread.ts'
import { ciJob, configOf } from '../support/builders.ts'
import { junit } from '../support/junit.ts'

const { flakyTests } = configOf()
let thread: TestThread

beforeAll(() => {
  thread = new TestThread()
})

afterAll(() => thread.close())

const known = (name: string): KnownTest => {
  const test = { job: 'rspec', suite: 'Basket', classname: 'Basket', name, variant: '' }
  return {
    id: idOfTest(keyOf(test)),
    test: { ...test, file: null },
    record: { ...newRecord(0), flaky: true },
    state: 'flaky',
  }
}

/** Which of the failing tests of a job are known to be flaky, by name. */
async function failedIn(files: { [path: string]: string }, flaky: readonly string[]) {
  const artifacts: ArtifactReader = {
    async readMatching(_job, _patterns, handle) {
      for (const [path, content] of Object.entries(files)) {
        await handle({ path, size: content.length, open: async () => Readable.from([Buffer.from(content)]) })
      }
      return { state: 'read', files: Object.keys(files).length, problems: [] }
    },
  }
  const results = createResultReader({
    artifacts,
    cache: noResultCache,
    work: createReportWork(thread),
    alone: withOwnThread,
  })
  const history = { ...createTestMemory(null), unhealthy: async () => flaky.map(known) }
  // GitLab's report is asked for only where the job's artifacts name one.
  const reader = createTestReader({ gitlab: {} as GitLabReader, results, history, now: Date.now })
  const failed = await reader.failedIn(ciJob({ name: 'rspec', status: 'failed' }), flakyTests)
  return failed?.map(({ name, knownFlaky }) => `${name}: ${knownFlaky}`)
}

const report = junit({ adds: 'passed', empties: 'timeout' })

describe('a failing test is known to be flaky', () => {
  it('when all that failed was told', async () => {
    expect(await failedIn({ 'junit.xml': report }, ['empties'])).toEqual(['Basket empties: true'])
  })

  it('also beside a file that holds other things, and in one with a wrong character', async () => {
    const files = { 'junit.xml': report.replace('timeout', 'time\u0001out'), 'report.xml': '<lint><file/></lint>' }
    expect(await failedIn(files, ['empties'])).toEqual(['Basket empties: true'])
  })
})

describe('nothing is known of what failed', () => {
  it('when a testcase without a name failed, too', async () => {
    const unnamed = report.replace('</testsuite>', '<testcase classname="Basket"><failure/></testcase></testsuite>')
    expect(await failedIn({ 'junit.xml': unnamed }, ['empties'])).toEqual(['Basket empties: false'])
  })

  it('when a report is cut, so that others may have failed', async () => {
    const cut = report.slice(0, report.indexOf('</testsuite>'))
    expect(await failedIn({ 'junit.xml': cut }, ['empties'])).toEqual(['Basket empties: false'])
    expect(await failedIn({ 'junit.xml': report, 'junit-2.xml': '' }, ['empties'])).toEqual(['Basket empties: false'])
  })

  it('when more failed than are told one by one', async () => {
    const names = Array.from({ length: 201 }, (_, index) => `test ${1000 + index}`)
    const all = junit(Object.fromEntries(names.map((name) => [name, 'boom'])))
    const failed = await failedIn({ 'junit.xml': all }, names.slice(0, 200))
    expect(failed).toHaveLength(200)
    expect(failed?.filter((line) => line.endsWith('true'))).toEqual([])
  })
})
