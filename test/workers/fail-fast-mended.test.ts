import { describe, expect, it } from 'vitest'
import type { JobEvent } from '../../src/event.ts'
import { decideMended } from '../../workers/fail-fast/decide-mended.ts'
import { failFast } from '../../workers/fail-fast/index.ts'
import type { MendedFacts } from '../../workers/fail-fast/mended-facts.ts'
import { failFastOptions } from '../../workers/fail-fast/options.ts'
import { mendedSection } from '../../workers/fail-fast/report.ts'
import { configOf, jobEvent, passedPipeline } from '../support/builders.ts'
import { scanNote } from '../support/scan-note.ts'

const stopped = { pipeline: 900, url: 'https://gitlab.test/p/-/pipelines/900', job: 'rspec fail-fast', sha: 'abc' }
const job: MendedFacts['passed'] = {
  what: 'job',
  name: 'rspec fail-fast',
  status: 'success',
  url: 'https://gitlab.test/p/-/jobs/5002',
  pipeline: 900,
}

const facts = (change: Partial<MendedFacts> = {}): MendedFacts => ({
  options: failFastOptions(configOf()),
  project: 41,
  mergeRequest: 6,
  stopped,
  passed: job,
  isMarked: true,
  ...change,
})

const history = 'rspec fail-fast passed, so the stop of pipeline 900 is history'

describe('after a stop, a job or a pipeline that passed', () => {
  it.each<{ when: string; facts: Partial<MendedFacts>; because: string; actions: string[] }>([
    { when: 'a mark is left', facts: {}, because: history, actions: ['set_commit_status', 'write_note'] },
    { when: 'no mark is left', facts: { isMarked: false }, because: history, actions: ['write_note'] },
    { when: 'it is of a branch', facts: { mergeRequest: null }, because: history, actions: ['set_commit_status'] },
    {
      when: 'the note is switched off and no mark is left',
      facts: { isMarked: false, options: failFastOptions(configOf('fail_fast: {note: false}')) },
      because: history,
      actions: [],
    },
    {
      when: 'it runs again',
      facts: { passed: { ...job, status: 'running' } },
      because: 'rspec fail-fast is running by now',
      actions: [],
    },
    {
      when: 'another of its kind failed too',
      facts: { failing: ['rspec fail-fast 2/2'] },
      because: 'rspec fail-fast 2/2 is still failed',
      actions: [],
    },
    {
      when: 'nothing was stopped',
      facts: { stopped: null },
      because: 'nothing that was stopped is made good by it',
      actions: [],
    },
  ])('leads to $actions when $when', ({ facts: change, because, actions }) => {
    const decision = decideMended(facts(change))
    expect(decision.because).toBe(because)
    expect(decision.actions.map(({ type }) => type)).toEqual(actions)
  })

  it.each([
    { what: 'a pipeline that passed where nothing was stopped', change: { stopped: null }, isTrivial: true },
    { what: 'a job that runs again', change: { passed: { ...job, status: 'running' as const } }, isTrivial: undefined },
    { what: 'what is taken back', change: {}, isTrivial: undefined },
  ])('is no decision to keep for $what: $isTrivial', ({ change, isTrivial }) => {
    expect(decideMended(facts(change)).isTrivial).toBe(isTrivial)
  })

  it('only corrects what the note says, in good words', () => {
    expect(decideMended(facts()).actions).toMatchObject([
      { type: 'set_commit_status', state: 'success', pipeline: 900, sha: 'abc', name: 'pipewarden/fail-fast' },
      { type: 'write_note', onlyIfThere: true, section: { reaction: 'fail-fast', verdict: 'good' } },
    ])
  })

  it('is named with a link, and nothing in a name acts', () => {
    expect(mendedSection(facts()).markdown).toBe(
      '[`rspec fail-fast`](https://gitlab.test/p/-/jobs/5002) passed. ' +
        '[pipeline 900](https://gitlab.test/p/-/pipelines/900) had been stopped because `rspec fail-fast` failed.',
    )
    const name = '`@all` /merge ![x](y)'
    const hostile = mendedSection(facts({ passed: { ...job, name }, stopped: { ...stopped, job: name } }))
    expect(scanNote(hostile.markdown).dangers).toEqual([])
  })
})

describe('what wakes it', () => {
  const { when } = failFast(() => configOf())
  const retried: Partial<JobEvent> = { status: 'success', failureReason: null, retries: 1 }

  it.each([
    { says: 'a merge request pipeline that passed', event: passedPipeline(), wakes: true },
    { says: 'one that failed', event: passedPipeline({ status: 'failed' }), wakes: false },
    { says: 'one in a fork', event: passedPipeline({ targetProject: 7 }), wakes: false },
    { says: 'one of a branch', event: passedPipeline({ mergeRequest: null }), wakes: false },
    {
      says: 'one that another pipeline started',
      event: passedPipeline({ upstream: { project: 41, pipeline: 900 } }),
      wakes: false,
    },
    { says: 'a fail-fast job that passed in its second try', event: jobEvent(retried), wakes: true },
    { says: 'one that passed at once', event: jobEvent({ ...retried, retries: 0 }), wakes: false },
    { says: 'another job', event: jobEvent({ ...retried, name: 'rspec 1/2' }), wakes: false },
  ])('$says: $wakes', ({ event, wakes }) => {
    expect(when(event)).toBe(wakes)
  })
})
