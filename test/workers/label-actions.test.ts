import { describe, expect, it } from 'vitest'
import type { ActionType } from '../../src/action.ts'
import { decideLabels } from '../../workers/label-actions/decide-labels.ts'
import type { LabelFacts } from '../../workers/label-actions/facts.ts'
import {
  headPipeline,
  jest,
  jonas,
  labelChange,
  labelFacts,
  mergeRequestEvent,
  rspec,
  stepFacts,
} from '../support/label-builders.ts'

const types = ({ actions }: { actions: { type: ActionType }[] }) => actions.map(({ type }) => type)
const set = [labelChange(rspec)]
const at = set[0]?.at ?? 0
const fork = { fork: true, labels: [rspec] }
const by = (role: number) => [labelChange(rspec, { by: { ...jonas, role } })]

type LabelCase = { when: string; facts: LabelFacts; because: string; actions: ActionType[] }

const asks = (steps: string) => `label_actions: [{labels: ["${rspec}"], on: [added, removed], do: [${steps}]}]`

const labelCases: LabelCase[] = [
  {
    when: 'it is configured',
    facts: labelFacts({ added: set, mergeRequest: { labels: [rspec] } }),
    because: `${rspec} was set by imke: a new pipeline is started`,
    actions: ['remember', 'run_pipeline'],
  },
  {
    when: 'there are two, which want the same',
    facts: labelFacts({ added: [...set, labelChange(jest)], mergeRequest: { labels: [rspec, jest] } }),
    because: `${rspec} was set by imke and ${jest} was set by imke: a new pipeline is started`,
    actions: ['remember', 'run_pipeline'],
  },
  {
    when: 'nobody knows who set it',
    facts: labelFacts({ added: [labelChange(rspec, { by: null, at: null })], mergeRequest: { labels: [rspec] } }),
    because: `${rspec} was set: a new pipeline is started`,
    actions: ['remember', 'run_pipeline'],
  },
  {
    when: 'another one was set',
    facts: labelFacts({ added: [labelChange('backend')], mergeRequest: { labels: ['backend'] } }),
    because: 'no action is configured for backend',
    actions: ['remember'],
  },
  {
    when: 'it was removed, and only adding it does something',
    facts: labelFacts({ removed: set, remembered: [rspec] }),
    because: `no action is configured for ${rspec}`,
    actions: ['remember'],
  },
  {
    when: 'it was removed, and that does something, too',
    facts: labelFacts({ removed: set, remembered: [rspec] }, asks('cancel_pipeline')),
    because: `${rspec} was removed by imke: no pipeline of this merge request runs`,
    actions: ['remember'],
  },
  {
    when: 'nothing changed since the last look',
    facts: labelFacts({ remembered: [rspec], mergeRequest: { labels: [rspec] } }),
    because: 'no label came or went since the last look',
    actions: [],
  },
  {
    when: 'it is there from the start',
    facts: labelFacts({
      event: mergeRequestEvent({ action: 'open' }),
      remembered: null,
      mergeRequest: { labels: [rspec] },
    }),
    because: 'labels that are there from the start are in the first pipeline already',
    actions: ['remember'],
  },
  {
    when: 'nothing of interest is on the merge request',
    facts: { ...labelFacts(), mergeRequest: null },
    because: 'no label of this merge request starts anything',
    actions: [],
  },
  {
    when: 'the merge request is merged',
    facts: labelFacts({ added: set, mergeRequest: { state: 'merged', labels: [rspec] } }),
    because: `${rspec} was set by imke, but the merge request is merged`,
    actions: ['remember'],
  },
  {
    when: 'a pipeline of the commit began in that moment',
    facts: labelFacts({ added: set, steps: stepFacts({ pipelines: [headPipeline({ id: 901, createdAt: at })] }) }),
    because: `${rspec} was set by imke: pipeline 901 of this commit began after that, so no other is started`,
    actions: ['remember'],
  },
  {
    when: 'a pipeline of the commit began just before',
    facts: labelFacts({ added: set, steps: stepFacts({ pipelines: [headPipeline({ createdAt: at - 1 })] }) }),
    because: `${rspec} was set by imke: a new pipeline is started`,
    actions: ['remember', 'run_pipeline'],
  },
  {
    when: 'a pipeline of the branch began after that, which knows no labels',
    facts: labelFacts({
      added: set,
      steps: stepFacts({ pipelines: [headPipeline({ createdAt: at + 5, ofMergeRequest: false })] }),
    }),
    because: `${rspec} was set by imke: a new pipeline is started`,
    actions: ['remember', 'run_pipeline'],
  },
  {
    when: 'a pipeline began between it and a second label',
    facts: labelFacts({
      added: [...set, labelChange(jest, { at: at + 9_000 })],
      steps: stepFacts({ pipelines: [headPipeline({ createdAt: at + 5_000 })] }),
    }),
    because: `${rspec} was set by imke and ${jest} was set by imke: a new pipeline is started`,
    actions: ['remember', 'run_pipeline'],
  },
  {
    when: 'it is not known when, and a pipeline is young',
    facts: labelFacts({
      added: [labelChange(rspec, { at: null })],
      steps: stepFacts({ pipelines: [headPipeline({ createdAt: at + 5_000 })] }),
    }),
    because: `${rspec} was set by imke: a new pipeline is started`,
    actions: ['remember', 'run_pipeline'],
  },
  {
    when: 'a Reporter set it on a merge request from a fork',
    facts: labelFacts({ added: by(20), mergeRequest: fork }),
    because: `${rspec} was set by jonas: ${rspec} was set by jonas, who is no Developer of this project, so nothing was started; a Developer of this project may start pipelines of this fork: by a label, an approval or a command`,
    actions: ['remember', 'write_note'],
  },
  {
    when: 'a Developer set it on a merge request from a fork',
    facts: labelFacts({ added: by(30), mergeRequest: fork }),
    because: `${rspec} was set by jonas: a new pipeline is started`,
    actions: ['remember', 'run_pipeline'],
  },
  {
    when: 'no event tells who set it on a merge request from a fork',
    facts: labelFacts({ added: [labelChange(rspec, { by: null })], mergeRequest: fork }),
    because: `no event tells yet who set ${rspec}, which counts for a fork`,
    actions: [],
  },
  {
    when: 'a Reporter set it on a merge request from a fork, but it only adds a label',
    facts: labelFacts({ added: by(20), mergeRequest: fork }, asks('{add_labels: [seen]}')),
    because: `${rspec} was set by jonas: seen is added`,
    actions: ['remember', 'update_labels'],
  },
]

describe('a label', () => {
  it.each(labelCases)('when $when', ({ facts, because, actions }) => {
    const decision = decideLabels(facts)
    expect(decision.because).toBe(because)
    expect(types(decision)).toEqual(actions)
  })

  it('of which nothing is known yet is remembered with all others', () => {
    const { actions } = decideLabels(
      labelFacts({ remembered: null, added: set, mergeRequest: { labels: ['backend', rspec] } }),
    )
    expect(actions[0]).toMatchObject({ memory: { add: ['backend', rspec], remove: [] } })
  })

  it('of a fork that no event told of is left out of the memory, so that its event is heard', () => {
    const unknown = labelChange(jest, { by: null })
    const facts = { added: [...by(30), unknown], mergeRequest: { fork: true, labels: [rspec, jest] } }
    for (const remembered of [null, []]) {
      const { actions } = decideLabels(labelFacts({ ...facts, remembered }))
      expect(actions[0]).toMatchObject({ memory: { add: [rspec], remove: [] } })
    }
  })
})
