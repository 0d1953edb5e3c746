import { describe, expect, it } from 'vitest'
import { decide } from '../../workers/undercoverage/decide.ts'
import type { CoverageJob, CurrentStatus, UndercoverageFacts } from '../../workers/undercoverage/facts.ts'
import { errorFindings, type Findings } from '../../workers/undercoverage/findings.ts'
import { configOf } from '../support/builders.ts'

const now = Date.parse('2026-03-02T10:00:00Z')
const minute = 60_000

const coverageJob = (change: Partial<CoverageJob> = {}): CoverageJob => ({
  id: 71,
  name: 'coverage',
  status: 'success',
  url: 'https://gitlab.test/meadow/orchard/-/jobs/71',
  finishedAt: now - minute,
  ...change,
})

const running = coverageJob({ status: 'running', finishedAt: null })

const findings = (change: Partial<Findings> = {}): Findings => ({
  ...errorFindings('1 of 2 lines is not covered', 'Run these lines in a test.'),
  verdict: 'fail',
  totals: { changed: 3, measured: 2, uncovered: 1, covered: 1, partial: 0, percent: 50 },
  ...change,
})

const passed = findings({ verdict: 'pass', because: 'all 2 lines are covered' })

const status = (state: CurrentStatus['state'], change: Partial<CurrentStatus> = {}): CurrentStatus => ({
  state,
  description: 'said before',
  at: now,
  ...change,
})

type Change = Partial<Omit<UndercoverageFacts, 'options' | 'pipeline'>> & {
  config?: string
  jobs?: CoverageJob[]
  pipeline?: Partial<NonNullable<UndercoverageFacts['pipeline']>>
}

const facts = ({ config = '', jobs = [running], pipeline, ...change }: Change = {}): UndercoverageFacts => {
  const { undercoverage, retry } = configOf(config)
  return {
    options: { undercoverage, retry },
    project: 41,
    path: 'meadow/orchard',
    isSwept: false,
    isForced: false,
    pipeline: {
      id: 900,
      sha: 'b1946ac92492d2347c6235b4d2611184b1946ac9',
      ref: 'refs/merge-requests/6/head',
      status: 'running',
      url: 'https://gitlab.test/meadow/orchard/-/pipelines/900',
      jobs,
      openBridges: [],
      isQuiet: false,
      quietAt: null,
      ...pipeline,
    },
    mergeRequest: {
      iid: 6,
      url: 'https://gitlab.test/meadow/orchard/-/merge_requests/6',
      state: 'opened',
      labels: [],
      headPipeline: 900,
      hasNotes: false,
    },
    current: null,
    over: null,
    label: null,
    ...change,
  }
}

/** What is written: the note's verdict, with a question mark where it is only corrected, and the status. */
const written = (given: UndercoverageFacts): string[] =>
  decide(given).actions.map((action) => {
    if (action.type === 'write_note') return `note ${action.section.verdict}${action.onlyIfThere ? '?' : ''}`
    return action.type === 'set_commit_status' ? `${action.state}: ${action.description}` : action.type
  })

const pending = 'pending: waits for the coverage jobs of the pipeline'
const spared = 'success: skipped by label pipeline:skip-undercoverage, set by imke'
const label = { name: 'pipeline:skip-undercoverage', by: 'imke' }
const waiting = status('pending')
const ended = [coverageJob()]
const fail = 'failed: 1 of 2 lines is not covered'

const table: [title: string, given: Change, expected: string[]][] = [
  ['a coverage job runs: it is held', {}, [pending]],
  ['it is held already', { current: waiting }, []],
  ['it is held already, and a sweep looks after it', { current: waiting, isSwept: true }, [pending]],
  [
    'it waits, and was switched off meanwhile',
    { config: 'undercoverage: {enabled: false}', current: waiting, isSwept: true },
    ['success: undercoverage is switched off'],
  ],
  ['it need not be held', { config: 'undercoverage: {hold: false}' }, []],
  ['no job matches', { jobs: [] }, []],
  [
    'no job matches any more, and the status waits',
    { jobs: [], current: waiting, findings: findings({ verdict: 'error', because: 'none' }) },
    ['note bad', 'success: cannot be judged: none'],
  ],
  ['a job is in a later stage', { jobs: [coverageJob({ status: 'created' })] }, [pending]],
  ['one of two has ended', { jobs: [coverageJob(), { ...running, id: 72 }], current: waiting }, []],
  ['a retried one runs after the verdict', { current: status('failed') }, [pending]],
  ['a trigger job may bring more', { jobs: ended, pipeline: { openBridges: ['backend'] }, current: waiting }, []],
  [
    'a trigger job waits for a person',
    { jobs: ended, pipeline: { openBridges: ['deploy'], isQuiet: true }, findings: findings() },
    ['note bad', fail],
  ],
  ['only a person can start it', { jobs: [coverageJob({ status: 'manual', finishedAt: null })] }, []],
  [
    'nothing moves, and it was never started',
    { jobs: [coverageJob({ status: 'created' })], pipeline: { isQuiet: true } },
    [],
  ],
  ['all ended and a line has no test', { jobs: ended, current: waiting, findings: findings() }, ['note bad', fail]],
  [
    'all ended and everything is covered',
    { jobs: ended, current: waiting, findings: passed },
    ['note good?', 'success: all 2 lines are covered'],
  ],
  [
    'everything is covered but for what the change takes out',
    {
      jobs: ended,
      findings: { ...passed, excludedByThisChange: [{ path: 'a.rb', lines: '3' }] },
    },
    ['note neutral', 'success: all 2 lines are covered'],
  ],
  [
    'findings are only reported',
    { jobs: ended, config: 'undercoverage: {blocking: false}', findings: findings() },
    ['note neutral', 'success: only reported: 1 of 2 lines is not covered'],
  ],
  [
    'nothing can be judged, and errors pass',
    { jobs: ended, findings: findings({ verdict: 'error', because: 'no report' }) },
    ['note bad', 'success: cannot be judged: no report'],
  ],
  [
    'nothing can be judged, and errors fail',
    {
      jobs: ended,
      config: 'undercoverage: {on_error: fail}',
      findings: findings({ verdict: 'error', because: 'no report' }),
    },
    ['note bad', 'failed: cannot be judged: no report'],
  ],
  [
    'errors fail, but nothing blocks',
    {
      jobs: ended,
      config: 'undercoverage: {on_error: fail, blocking: false}',
      findings: findings({ verdict: 'error', because: 'no report' }),
    },
    ['note neutral', 'success: cannot be judged: no report'],
  ],
  [
    'the reports are of another commit',
    { jobs: ended, findings: findings({ verdict: 'stale', because: 'old report' }) },
    ['note bad', 'canceled: waits for a new pipeline: old report'],
  ],
  ['it was judged since', { jobs: ended, current: status('failed') }, []],
  [
    'it was found to have old reports since',
    { jobs: ended, current: status('canceled', { description: 'waits for a new pipeline: old' }) },
    [],
  ],
  [
    'it was judged before the job was retried',
    { jobs: ended, current: status('failed', { at: now - 5 * minute }), findings: passed },
    ['note good?', 'success: all 2 lines are covered'],
  ],
  [
    'it was judged since, and somebody asks again',
    { jobs: ended, current: status('success'), isForced: true, findings: findings() },
    ['note bad', fail],
  ],
  [
    'it was judged since, and a sweep asks',
    { jobs: ended, current: status('failed'), isSwept: true },
    ['failed: said before'],
  ],
  ['a label spares it while the job runs', { label }, ['note good?', spared]],
  ['a label spares it after the verdict', { jobs: ended, current: status('failed'), label }, ['note good?', spared]],
  [
    'a label spares it, and that was said',
    { label, current: status('success', { description: spared.slice('success: '.length) }) },
    [],
  ],
  [
    'a label that nobody is known to have set',
    { label: { ...label, by: null } },
    ['note good?', 'success: skipped by label pipeline:skip-undercoverage'],
  ],
  [
    'the label was removed after everything ended',
    {
      jobs: ended,
      current: status('success', { description: 'skipped by label x, set by imke' }),
      findings: findings(),
    },
    ['note bad', fail],
  ],
  ['the branch moved on, and the status waits', { over: 'moved on', current: waiting }, ['canceled: moved on']],
  ['the branch moved on, and nothing waits', { over: 'moved on', current: status('failed') }, []],
  ['a label changes nothing for a branch that moved on', { over: 'moved on', label }, []],
  [
    'the pipeline was cancelled with our status',
    { jobs: [coverageJob({ status: 'canceled' })], current: status('canceled') },
    ['canceled: said before'],
  ],
  [
    'only the coverage job was cancelled',
    {
      jobs: [coverageJob({ status: 'canceled' })],
      current: waiting,
      findings: findings({ verdict: 'error', because: 'no report' }),
    },
    ['note bad', 'success: cannot be judged: no report'],
  ],
  [
    'the pipeline was cancelled and nothing held it',
    { jobs: [coverageJob({ status: 'canceled' })], pipeline: { status: 'canceled' } },
    [],
  ],
  [
    'a newer pipeline of the merge request speaks in the note',
    {
      jobs: ended,
      findings: findings(),
      mergeRequest: { iid: 6, url: '', state: 'opened', labels: [], headPipeline: 901, hasNotes: true },
    },
    [fail],
  ],
]

describe('undercoverage decides', () => {
  it.each(table)('%s', (_title, given, expected) => {
    expect(written(facts(given))).toEqual(expected)
  })

  it('with a reason that a person can read, whatever it decides', () => {
    for (const [title, given] of table) expect(decide(facts(given)).because, title).toMatch(/^\S.*\S$/)
  })

  it('the same from the same facts', () => {
    for (const [, given] of table) expect(decide(facts(given))).toEqual(decide(facts(given)))
  })

  it('on a status of its pipeline that leads to the note', () => {
    const [, set] = decide(facts({ jobs: ended, findings: findings() })).actions
    expect(set).toMatchObject({
      type: 'set_commit_status',
      pipeline: 900,
      name: 'pipewarden/undercoverage',
      about: { mergeRequest: 6, path: 'meadow/orchard' },
      targetUrl: 'https://gitlab.test/meadow/orchard/-/pipelines/900',
    })
  })
})
