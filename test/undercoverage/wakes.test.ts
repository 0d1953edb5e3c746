import { describe, expect, it } from 'vitest'
import { readHead } from '../../src/event-head.ts'
import { parseEvent } from '../../src/parse-event.ts'
import { toldBeside } from '../../src/told.ts'
import { undercoverage } from '../../workers/undercoverage/index.ts'
import { configOf } from '../support/builders.ts'
import { delivery } from '../support/deliveries.ts'

const reaction = (config = '') => undercoverage(() => configOf(config))

/** A delivery with other values at some places. */
const changedDelivery = (name: string, change: Record<string, unknown>) => ({ ...delivery(name), ...change })

function wakes(body: ReturnType<typeof delivery>, config = ''): boolean {
  const parsed = parseEvent(body, 1)
  if ('because' in parsed) throw new Error(parsed.because)
  const { event } = parsed
  if (event.kind !== 'pipeline' && event.kind !== 'job' && event.kind !== 'merge_request') throw new Error(event.kind)
  return reaction(config).when(event, toldBeside(body))
}

const coverage = {
  builds: [
    { id: 7, name: 'rspec 1/9' },
    { id: 9, name: 'rspec coverage' },
  ],
}
const without = { builds: [{ id: 7, name: 'rspec 1/9' }] }
const job = (change: Record<string, unknown>) =>
  changedDelivery('job-success', { ref: 'refs/merge-requests/6/head', ...change })

const skipLabel = 'pipeline:skip-undercoverage'

const labels = (previous: string[], current: string[]) =>
  changedDelivery('merge-request-update-labels', {
    changes: {
      labels: { previous: previous.map((title) => ({ title })), current: current.map((title) => ({ title })) },
    },
  })

describe('undercoverage is woken', () => {
  it.each([
    ['by a pipeline of a merge request with a coverage job', changedDelivery('pipeline-running', coverage), true],
    ['by one that ended', changedDelivery('pipeline-success', coverage), true],
    ['by none without a coverage job', changedDelivery('pipeline-running', without), false],
    ['by none of a branch', changedDelivery('pipeline-failed-branch', coverage), false],
    ['by none of a tag', changedDelivery('pipeline-failed-tag', coverage), false],
    ['by none of a schedule', changedDelivery('pipeline-failed-schedule', coverage), false],
    ['by a coverage job that ended', job({ build_name: 'rspec coverage' }), true],
    [
      'by one that waits for a runner, as a retried one does',
      job({ build_name: 'coverage', build_status: 'pending' }),
      true,
    ],
    ['by no other job that succeeded', job({ build_name: 'rspec 1/9' }), false],
    [
      'by any job that failed, for coverage jobs may be skipped then',
      job({ build_name: 'rspec 1/9', build_status: 'failed' }),
      true,
    ],
    ['by none that is allowed to', job({ build_status: 'failed', build_allow_failure: true, build_name: 'x' }), false],
    ['by none of a branch, either', job({ build_name: 'coverage', ref: 'main' }), false],
    ['by none of a merge train', job({ build_name: 'coverage', ref: 'refs/merge-requests/6/train' }), false],
    ['by its skip label, set', labels(['backend'], ['backend', skipLabel]), true],
    ['by its skip label, taken away', labels(['backend', skipLabel], ['backend']), true],
    ['by labels of which GitLab forgot what was there before', labels([], ['backend']), true],
    ['by no other label', delivery('merge-request-update-labels'), false],
    ['by no other change', delivery('merge-request-update-title'), false],
  ])('%s', (_title, body, expected) => {
    expect(wakes(body)).toBe(expected)
  })

  it('by nothing where it is switched off', () => {
    expect(wakes(changedDelivery('pipeline-running', coverage), 'undercoverage: {enabled: false}')).toBe(false)
  })

  it.each([
    ['{"object_kind":"build","ref":"main","build_status":"running"}', false],
    ['{"object_kind":"build","ref":"main","build_status":"success"}', true],
    ['{"object_kind":"pipeline","object_attributes":{"id":1,"source":"push","status":"running"}}', false],
    ['{"object_kind":"pipeline","object_attributes":{"id":1,"source":"merge_request_event","status":"running"}}', true],
    ['{"object_kind":"pipeline","object_attributes":{"id":1,"source":"parent_pipeline","status":"success"}}', true],
  ])('as the first bytes of %s tell: %s', (body, expected) => {
    const head = readHead(Buffer.from(body))
    expect(head && reaction().wants?.(head)).toBe(expected)
  })

  it('once for what two hooks tell, and again when a job is retried', () => {
    const facts = [coverage, coverage, { builds: [{ id: 12, name: 'rspec coverage' }] }].map((change, at) => {
      const parsed = parseEvent(changedDelivery('pipeline-running', change), at)
      return 'event' in parsed && parsed.event.kind === 'pipeline' ? reaction().fact(parsed.event) : ''
    })
    expect(facts[0]).toBe(facts[1])
    expect(facts[2]).not.toBe(facts[1])
    for (const fact of facts) expect(fact.length).toBeLessThanOrEqual(200)
  })
})
