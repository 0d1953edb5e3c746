import { describe, expect, it } from 'vitest'
import type { Action, ActionType } from '../../src/action.ts'
import { decide } from '../../workers/fail-fast/decide.ts'
import type { FailFastFacts } from '../../workers/fail-fast/facts.ts'
import { failFastOptions } from '../../workers/fail-fast/options.ts'
import { configOf, failedTest, failFastFacts, latestJob, traits } from '../support/builders.ts'

const options = (yaml: string): FailFastFacts['options'] => failFastOptions(configOf(yaml))
const pipeline = (change: Partial<FailFastFacts['pipeline']>) => ({ ...failFastFacts().pipeline, ...change })
const mergeRequest = (change: Partial<NonNullable<FailFastFacts['mergeRequest']>>) => ({
  iid: 6,
  labels: [],
  sha: 'b1946ac92492d2347c6235b4d2611184b1946ac9',
  headPipeline: 900,
  hasNotes: false,
  ...change,
})

const stop: ActionType[] = ['cancel_pipeline', 'write_note', 'ensure_pipeline_failed']
const stopWithoutNote: ActionType[] = ['cancel_pipeline', 'ensure_pipeline_failed']
const becauseFinal = 'rspec fail-fast failed for good and 2 jobs are left to stop'

type Case = { when: string; facts: Partial<FailFastFacts>; because: string; actions?: ActionType[] }

const judged = ({ facts }: Case) => {
  const { because, actions } = decide(failFastFacts(facts))
  return { because, actions: actions.map(({ type }) => type) }
}

describe('a failed fail-fast job stops its pipeline', () => {
  const cases: Case[] = [
    { when: 'nothing speaks against it', facts: {}, because: becauseFinal },
    {
      when: 'one job is left',
      facts: { left: { count: 1, names: ['rspec 1/2'] } },
      because: 'rspec fail-fast failed for good and 1 job is left to stop',
    },
    { when: 'it was retried before', facts: { latest: latestJob({ attempts: 2 }) }, because: becauseFinal },
    {
      when: 'the infrastructure failed it for a second time',
      facts: { latest: latestJob({ attempts: 2, failureReason: 'runner_system_failure' }) },
      because: becauseFinal,
    },
    {
      when: 'the infrastructure failed it, but nothing may be retried',
      facts: {
        options: options('retry: {max_per_job: 0}'),
        latest: latestJob({ failureReason: 'runner_system_failure' }),
      },
      because: becauseFinal,
    },
    {
      when: 'the infrastructure failed it, but it is a job that is never retried',
      facts: {
        options: options('retry: {never_jobs: ["*fail-fast"]}'),
        latest: latestJob({ failureReason: 'runner_system_failure' }),
      },
      because: becauseFinal,
    },
    {
      when: 'GitLab gives no reason for the failure',
      facts: { latest: latestJob({ failureReason: null }) },
      because: becauseFinal,
    },
    { when: 'its pipeline still waits', facts: { pipeline: pipeline({ status: 'pending' }) }, because: becauseFinal },
    {
      when: 'only some of its failing tests are known to be flaky',
      facts: { failedTests: [failedTest({ knownFlaky: true }), failedTest()] },
      because: becauseFinal,
    },
    {
      when: 'all of its failing tests are known to be flaky, for the second time',
      facts: { failedTests: [failedTest({ knownFlaky: true })], latest: latestJob({ attempts: 2 }) },
      because: becauseFinal,
    },
    {
      when: 'its flaky tests are not to be told apart',
      facts: { options: options('retry: {known_flaky: false}'), failedTests: [failedTest({ knownFlaky: true })] },
      because: becauseFinal,
    },
    { when: 'it failed without a failing test', facts: { failedTests: [] }, because: becauseFinal },
    { when: 'there is no test report of it', facts: { failedTests: null }, because: becauseFinal },
    {
      when: 'the merge request has other labels, also such that only begin like one',
      facts: { mergeRequest: mergeRequest({ labels: ['backend', 'pipeline:skip-fail-fast-not'] }) },
      because: becauseFinal,
    },
    {
      when: 'GitLab names no head pipeline, or still an older one',
      facts: { mergeRequest: mergeRequest({ headPipeline: null }) },
      because: becauseFinal,
    },
    {
      when: 'the head pipeline is an older one',
      facts: { mergeRequest: mergeRequest({ headPipeline: 899 }) },
      because: becauseFinal,
    },
    {
      when: 'its pipeline is of a merged result',
      facts: { traits: traits({ ref: 'refs/merge-requests/6/merge' }) },
      because: becauseFinal,
    },
    {
      when: 'the merge request comes from a fork',
      facts: { traits: traits({ mergeRequest: { ...forkOf(), fork: true } }) },
      because: becauseFinal,
    },
    {
      when: 'the note is switched off, without a note',
      facts: { options: options('fail_fast: {note: false}') },
      because: becauseFinal,
      actions: stopWithoutNote,
    },
    {
      when: 'a branch is configured and has no merge request, without a note',
      facts: {
        options: options('fail_fast: {pipelines: [branch]}'),
        mergeRequest: null,
        traits: traits({ mergeRequest: null, source: 'push', ref: 'topic', protectedRef: false }),
      },
      because: becauseFinal,
      actions: stopWithoutNote,
    },
    {
      when: 'the default branch is configured by name',
      facts: {
        options: options('fail_fast: {pipelines: [default_branch]}'),
        mergeRequest: null,
        traits: traits({ mergeRequest: null, source: 'push', ref: 'main', protectedRef: true }),
      },
      because: becauseFinal,
      actions: stopWithoutNote,
    },
    {
      when: 'pipelines in other projects hang on it, those included',
      facts: { downstream: [{ project: 42, pipeline: 77, url: 'https://gitlab.test/p/-/pipelines/77' }] },
      because: becauseFinal,
      actions: ['cancel_pipeline', 'cancel_pipeline', 'write_note', 'ensure_pipeline_failed'],
    },
    {
      when: 'only a pipeline in another project is left of it',
      facts: {
        left: { count: 0, names: [] },
        downstream: [{ project: 42, pipeline: 77, url: 'https://gitlab.test/p/-/pipelines/77' }],
      },
      because: 'rspec fail-fast failed for good and 1 downstream pipeline is left to stop',
      actions: ['cancel_pipeline', 'cancel_pipeline', 'write_note', 'ensure_pipeline_failed'],
    },
  ]

  it.each(cases)('when $when', (the) => {
    expect(judged(the)).toEqual({ because: the.because, actions: the.actions ?? stop })
  })
})

function forkOf() {
  return { iid: 6, labels: [], targetBranch: 'main', sourceBranch: 'ripe-apples', fork: false }
}

describe('a failed fail-fast job leaves its pipeline alone', () => {
  const cases: Case[] = [
    {
      when: 'GitLab does not list it',
      facts: { latest: null },
      because: 'GitLab does not list the job in its pipeline any more',
    },
    {
      when: 'GitLab lists only an attempt before it',
      facts: { latest: latestJob({ id: 5000 }) },
      because: 'GitLab does not list the job in its pipeline any more',
    },
    {
      when: 'a newer attempt is under way',
      facts: { latest: latestJob({ id: 5002, status: 'running' }) },
      because: 'job 5002 is a newer attempt of rspec fail-fast (running)',
    },
    {
      when: 'a newer attempt failed too, for that one has its own event',
      facts: { latest: latestJob({ id: 5002 }) },
      because: 'job 5002 is a newer attempt of rspec fail-fast (failed)',
    },
    {
      when: 'it did not fail after all',
      facts: { latest: latestJob({ status: 'success' }) },
      because: 'rspec fail-fast is success by now',
    },
    {
      when: 'it is allowed to fail',
      facts: { latest: latestJob({ allowFailure: true }) },
      because: 'rspec fail-fast is allowed to fail',
    },
    {
      when: 'the infrastructure failed it, so that it is retried',
      facts: { latest: latestJob({ failureReason: 'runner_system_failure' }) },
      because: 'rspec fail-fast is retried first: its failure reason is runner_system_failure',
    },
    {
      when: 'a reason that a glob names failed it',
      facts: { latest: latestJob({ failureReason: 'stuck_pending_no_matching_runners' }) },
      because: 'rspec fail-fast is retried first: its failure reason is stuck_pending_no_matching_runners',
    },
    {
      when: 'its trace shows what a retry mends',
      facts: { latest: latestJob({ tracePattern: 'registry down' }) },
      because: 'rspec fail-fast is retried first: its trace shows "registry down"',
    },
    ...(['success', 'failed', 'canceled', 'skipped', 'manual', 'scheduled'] as const).map((status) => ({
      when: `its pipeline is ${status}`,
      facts: { pipeline: pipeline({ status }) },
      because: `the pipeline is ${status} already`,
    })),
    {
      when: 'nothing is left to stop',
      facts: { left: { count: 0, names: [] } },
      because: 'nothing is left to cancel',
    },
    {
      when: 'a job must not be interrupted',
      facts: { neverInterrupt: ['dont-interrupt-me', 'migrate'] },
      because: 'dont-interrupt-me, migrate must not be interrupted',
    },
    {
      when: 'its pipeline is of a branch',
      facts: { mergeRequest: null, traits: traits({ mergeRequest: null, source: 'push', ref: 'topic' }) },
      because:
        'the pipeline is none of merge_request: it is a pipeline of branch topic, source push (merge_request: it is not of a merge request)',
    },
    {
      when: 'its pipeline is of a merge train',
      facts: { traits: traits({ ref: 'refs/merge-requests/6/train' }) },
      because:
        'the pipeline is none of merge_request: it is a pipeline of the merge train with merge request !6 (merge_request: it is not of a merge request)',
    },
    {
      when: 'its pipeline is of the default branch, which is not named',
      facts: {
        options: options('fail_fast: {pipelines: [branch]}'),
        mergeRequest: null,
        traits: traits({ mergeRequest: null, source: 'push', ref: 'main', protectedRef: true }),
      },
      because:
        'the pipeline is none of branch: it is a pipeline of branch main, source push (branch: main is the default branch and counts only where it is named)',
    },
    {
      when: 'nobody knows whether its branch is protected',
      facts: {
        options: options('fail_fast: {pipelines: [branch]}'),
        mergeRequest: null,
        traits: traits({ mergeRequest: null, source: 'push', ref: 'topic', protectedRef: null }),
      },
      because:
        'the pipeline is none of branch: it is a pipeline of branch topic, source push (branch: topic may be protected and counts only where it is named)',
    },
    ...['pipeline:skip-fail-fast', 'pipeline:skip-rspec-fail-fast'].map((label) => ({
      when: `the merge request has the label ${label}`,
      facts: { mergeRequest: mergeRequest({ labels: ['backend', label] }) },
      because: `the label ${label} is on the merge request`,
    })),
    {
      when: 'the merge request has a label that the project chose',
      facts: {
        options: options('fail_fast: {skip_labels: [patience]}'),
        mergeRequest: mergeRequest({ labels: ['patience'] }),
      },
      because: 'the label patience is on the merge request',
    },
    {
      when: 'the merge request has a newer pipeline',
      facts: { mergeRequest: mergeRequest({ headPipeline: 901 }) },
      because: 'pipeline 901 of the merge request is newer',
    },
    {
      when: 'the pipeline runs in a fork, where its number is that of another merge request',
      facts: { mergeRequest: mergeRequest({ headPipeline: 899, sha: 'f'.repeat(40) }) },
      because: "merge request !6 of this project has another commit: it is not the pipeline's",
    },
    {
      when: 'a running job deploys',
      facts: { deploying: [{ job: 'review app', environment: 'review/6' }] },
      because: 'review app is deploying to review/6',
    },
  ]

  it.each(cases)('when $when', (the) => {
    expect(judged(the)).toEqual({ because: the.because, actions: [] })
  })

  it('names the first of several reasons in the order in which they are read', () => {
    const against: Partial<FailFastFacts>[] = [
      { latest: latestJob({ id: 5002, status: 'running' }) },
      { latest: latestJob({ status: 'success' }) },
      { latest: latestJob({ allowFailure: true }) },
      { latest: latestJob({ failureReason: 'api_failure' }) },
      { pipeline: pipeline({ status: 'canceled' }) },
      { left: { count: 0, names: [] } },
      { neverInterrupt: ['dont-interrupt-me'] },
      { traits: traits({ ref: 'refs/merge-requests/6/train' }) },
      { mergeRequest: mergeRequest({ labels: ['pipeline:skip-fail-fast'] }) },
      { mergeRequest: mergeRequest({ headPipeline: 901 }) },
      { deploying: [{ job: 'review app', environment: 'review/6' }] },
    ]
    for (const [index, first] of against.entries()) {
      const alone = decide(failFastFacts(first)).because
      const withLaterOnes = Object.assign({}, ...against.slice(index).reverse()) as Partial<FailFastFacts>
      expect(decide(failFastFacts(withLaterOnes)).because).toBe(alone)
    }
  })
})

describe('what is done', () => {
  const actionsOf = (facts: Partial<FailFastFacts>): Action[] => decide(failFastFacts(facts)).actions

  it('retries a job once whose failing tests are all known to be flaky', () => {
    const facts = { failedTests: [failedTest({ knownFlaky: true }), failedTest({ knownFlaky: true })] }
    expect(decide(failFastFacts(facts))).toEqual({
      because: 'every failing test of rspec fail-fast is known to be flaky, so it is retried once',
      actions: [{ type: 'retry_job', project: 41, job: 5001 }],
    })
  })

  it('cancels the pipeline first and looks last whether it ended as failed', () => {
    const [first, ...others] = actionsOf({})
    expect(first).toEqual({ type: 'cancel_pipeline', project: 41, pipeline: 900, outdatedAfter: 600_000 })
    expect(others.at(-1)).toEqual({
      type: 'ensure_pipeline_failed',
      project: 41,
      pipeline: 900,
      sha: 'b1946ac92492d2347c6235b4d2611184b1946ac9',
      status: 'pipewarden/fail-fast',
      description: 'rspec fail-fast failed, so the rest of the pipeline was stopped',
    })
  })

  it('makes the pipeline look failed also where nobody may comment', () => {
    expect(actionsOf({}).find(({ type }) => type === 'write_note')).toHaveProperty('mayBeRefused', true)
  })

  it.each([
    { source: 'merge_request_event', mayBeRefused: undefined },
    { source: 'parent_pipeline', mayBeRefused: true },
  ])(
    'marks a pipeline of source $source, in which GitLab may refuse that: $mayBeRefused',
    ({ source, mayBeRefused }) => {
      const mark = actionsOf({ traits: traits({ source }) }).at(-1)
      expect([mark?.type, mark?.mayBeRefused]).toEqual(['ensure_pipeline_failed', mayBeRefused])
    },
  )

  it('goes on when it is refused the right to stop pipelines of other projects, but not that of its own', () => {
    const downstream = [{ project: 42, pipeline: 77, url: 'https://gitlab.test/p/-/pipelines/77' }]
    const [own, other] = actionsOf({ downstream })
    expect(own).not.toHaveProperty('mayBeRefused')
    expect(other).toEqual({ type: 'cancel_pipeline', project: 42, pipeline: 77, mayBeRefused: true })
  })

  it.each([true, false])('tells the writer of the note whether there may be one already (%s)', (hasNotes) => {
    const note = actionsOf({ mergeRequest: mergeRequest({ hasNotes }) }).find(({ type }) => type === 'write_note')
    expect(note).toMatchObject({ mergeRequest: 6, noNotesYet: !hasNotes })
  })
})
