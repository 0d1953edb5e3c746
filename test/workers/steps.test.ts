import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Step, StepFacts } from '../../workers/steps/facts.ts'
import { mostStarts, planSteps } from '../../workers/steps/plan.ts'
import { fillTemplate } from '../../workers/steps/template.ts'
import { headPipeline, mergeRequestEvent, stepFacts, stepOptions } from '../support/label-builders.ts'

const running = headPipeline({ status: 'running' })
const inFork = headPipeline({
  id: 901,
  status: 'running',
  outOfReach: 'runs in the fork, where nothing can be changed from here',
})
const ofBranch = headPipeline({ id: 901, ofMergeRequest: false })
const ofProtected = headPipeline({ id: 902, ofMergeRequest: false, outOfReach: 'is of the protected branch main' })
const failed = { id: 5, name: 'rspec', status: 'failed' } as const
const manual = { id: 7, name: 'review app', status: 'manual' } as const
const target = { path: 'meadow/press', project: 42, ref: 'main', variables: { A: '1' }, newest: 3 }

type Case = { step: Step; facts?: Partial<StepFacts>; says: string; actions?: unknown[]; problem?: boolean }

const run: Step = { type: 'run_pipeline' }
const retry: Step = { type: 'retry_failed_jobs' }
const cancel: Step = { type: 'cancel_pipeline' }
const play: Step = { type: 'play_job', job: 'review app' }
const trigger: Step = { type: 'trigger', project: 'meadow/press', ref: null, variables: {} }

const cases: Case[] = [
  { step: run, says: 'a new pipeline is started', actions: [{ type: 'run_pipeline', mergeRequest: 6, after: 900 }] },
  {
    step: run,
    facts: { pipelines: [running] },
    says: 'a new pipeline is started, pipeline 900 is stopped in its favour',
    actions: [{ type: 'run_pipeline', replaces: [900] }],
  },
  {
    step: run,
    facts: { pipelines: [{ ...running, mustRun: 'a job of it deploys' }] },
    says: 'a new pipeline is started, pipeline 900 goes on, for a job of it deploys',
    actions: [{ type: 'run_pipeline' }],
  },
  {
    step: run,
    facts: { pipelines: [{ ...running, ofMergeRequest: false }] },
    says: 'a new pipeline is started',
    actions: [{ type: 'run_pipeline' }],
  },
  { step: run, facts: { sha: null }, says: 'the merge request has no commits to run a pipeline for', problem: true },
  {
    step: run,
    facts: { startedLately: mostStarts },
    says: 'nothing more is started: 20 pipelines in an hour for one merge request look like a circle',
    problem: true,
  },
  { step: retry, says: 'no failed job of pipeline 900 is to be retried' },
  {
    step: retry,
    facts: {
      jobs: [
        { id: 5, name: 'rspec', status: 'failed' },
        { id: 6, name: 'jest', status: 'failed' },
      ],
    },
    says: '2 failed jobs of pipeline 900 are retried',
    actions: [
      { type: 'retry_job', job: 5 },
      { type: 'retry_job', job: 6 },
    ],
  },
  { step: retry, facts: { pipelines: [] }, says: 'the newest commit has no pipeline', problem: true },
  {
    step: retry,
    facts: { pipelines: [inFork] },
    says: 'pipeline 901 runs in the fork, where nothing can be changed from here',
    problem: true,
  },
  {
    step: retry,
    facts: { pipelines: [ofProtected], jobs: [failed] },
    says: 'pipeline 902 is of the protected branch main',
    problem: true,
  },
  {
    step: retry,
    facts: { pipelines: [ofProtected, ofBranch], jobs: [failed] },
    says: '1 failed job of pipeline 901 is retried',
    actions: [{ type: 'retry_job', job: 5 }],
  },
  {
    step: retry,
    facts: { pipelines: [ofBranch, headPipeline()], jobs: [failed] },
    says: '1 failed job of pipeline 900 is retried',
    actions: [{ type: 'retry_job', job: 5 }],
  },
  {
    step: play,
    facts: { pipelines: [ofProtected], jobs: [manual] },
    says: 'review app cannot be started: pipeline 902 is of the protected branch main',
    problem: true,
  },
  { step: cancel, says: 'no pipeline of this merge request runs' },
  {
    step: cancel,
    facts: { pipelines: [headPipeline({ status: 'canceling' })] },
    says: 'no pipeline of this merge request runs',
  },
  {
    step: cancel,
    facts: { pipelines: [headPipeline({ status: 'scheduled' })] },
    says: 'pipeline 900 is cancelled',
    actions: [{ pipeline: 900 }],
  },
  {
    step: cancel,
    facts: { pipelines: [inFork, running] },
    says: 'pipeline 900 is cancelled',
    actions: [{ pipeline: 900 }],
  },
  {
    step: cancel,
    facts: { pipelines: [inFork] },
    says: 'pipeline 901 runs in the fork, where nothing can be changed from here',
    problem: true,
  },
  {
    step: play,
    facts: { pipelines: [inFork], jobs: [] },
    says: 'review app cannot be started: pipeline 901 runs in the fork, where nothing can be changed from here',
    problem: true,
  },
  {
    step: cancel,
    facts: { pipelines: [running, { ...running, id: 901 }] },
    says: 'pipelines 900, 901 are cancelled',
    actions: [{ pipeline: 900 }, { pipeline: 901 }],
  },
  { step: play, facts: { jobs: [manual] }, says: 'review app is started', actions: [{ type: 'play_job', job: 7 }] },
  { step: play, facts: { jobs: [{ ...manual, status: 'running' }] }, says: 'review app is running already' },
  {
    step: play,
    facts: { jobs: [{ ...manual, name: 'review apps' }] },
    says: 'review app cannot be started: pipeline 900 has no job of this name',
    problem: true,
  },
  {
    step: play,
    facts: { pipelines: [] },
    says: 'review app cannot be started: the newest commit has no pipeline',
    problem: true,
  },
  {
    step: { type: 'recheck_undercoverage' },
    says: 'undercoverage is judged again',
    actions: [{ type: 'wake_reaction', reaction: 'undercoverage', event: { mergeRequest: 6, asked: 'recheck' } }],
  },
  {
    step: { type: 'add_labels', labels: ['a', 'b'] },
    says: 'a, b is added',
    actions: [{ type: 'update_labels', add: ['a', 'b'], remove: [] }],
  },
  {
    step: { type: 'remove_labels', labels: ['a'] },
    says: 'a is removed',
    actions: [{ type: 'update_labels', add: [], remove: ['a'] }],
  },
  {
    step: trigger,
    facts: { targets: [target] },
    says: 'a pipeline of main is started in meadow/press',
    actions: [{ type: 'trigger_pipeline', project: 42, ref: 'main', variables: { A: '1' }, after: 3 }],
  },
  {
    step: trigger,
    facts: { targets: [{ path: 'meadow/press', problem: 'the project meadow/press does not exist' }] },
    says: 'the project meadow/press does not exist',
    problem: true,
  },
  {
    step: trigger,
    facts: { targets: [target], startedLately: mostStarts + 1 },
    says: 'nothing more is started: 21 pipelines in an hour for one merge request look like a circle',
    problem: true,
  },
]

const occasion = (facts: Partial<StepFacts>, yaml = '') => ({
  facts: stepFacts(facts),
  options: stepOptions(yaml),
  since: null,
  event: mergeRequestEvent(),
})

describe('a step', () => {
  it.each(cases)('$step.type: $says', ({ step, facts = {}, says, actions = [], problem = false }) => {
    const plan = planSteps([step], occasion(facts))
    expect(plan.says).toEqual([says])
    expect(plan.actions).toHaveLength(actions.length)
    expect(plan.actions).toMatchObject(actions)
    expect(plan.problems).toEqual(problem ? [says] : [])
  })

  it('takes its own target when there are several', () => {
    const targets = [target, { ...target, project: 43, path: 'meadow/cellar' }]
    const { actions } = planSteps([trigger, run, trigger], occasion({ targets }))
    expect(actions.map((action) => ('project' in action ? action.project : null))).toEqual([42, 41, 43])
  })

  it('leaves undercoverage alone where it is switched off', () => {
    const { says, actions } = planSteps(
      [{ type: 'recheck_undercoverage' }],
      occasion({}, 'undercoverage: {enabled: false}'),
    )
    expect({ says, actions }).toEqual({ says: ['undercoverage is switched off'], actions: [] })
  })
})

const values = {
  source_branch: 'ripe-apples',
  target_branch: 'main',
  project: 'meadow/orchard',
  merge_request: '6',
  sha: 'b1946ac9',
  label: 'ask',
  user: 'imke',
}

describe('a template', () => {
  it.each([
    ['{source_branch}-jh', 'ripe-apples-jh'],
    ['as-if/{project}/{merge_request}/{label}', 'as-if/meadow/orchard/6/ask'],
    ['{"a": 1}', '{"a": 1}'],
    ['{unknown} {constructor} {}', '{unknown} {constructor} {}'],
  ])('%s becomes %s', (template, expected) => {
    expect(fillTemplate(template, values)).toBe(expected)
  })

  it('is filled once: a branch named like a placeholder stays a name', () => {
    fc.assert(
      fc.property(fc.string(), (name) => {
        const filled = fillTemplate('<{source_branch}>', { ...values, source_branch: `{user}${name}` })
        expect(filled).toBe(`<{user}${name}>`)
      }),
    )
  })
})
