import { describe, expect, it } from 'vitest'
import type { ActionType } from '../../src/action.ts'
import { decideApproval } from '../../workers/label-actions/decide-approval.ts'
import { decideLabels } from '../../workers/label-actions/decide-labels.ts'
import type { ApprovalFacts } from '../../workers/label-actions/facts.ts'
import { approvalFacts, imke, labelChange, labelFacts, mergeRequestEvent } from '../support/label-builders.ts'

const types = ({ actions }: { actions: { type: ActionType }[] }) => actions.map(({ type }) => type)

type ApprovalCase = { when: string; facts: ApprovalFacts; because: string; actions: ActionType[] }

const approvers = (role: number) => [{ ...imke, role }]
const label = 'pipeline:mr-approved'

const approvalCases: ApprovalCase[] = [
  {
    when: 'it is the last one',
    facts: approvalFacts(),
    because: 'b1946ac9 is fully approved: a new pipeline is started',
    actions: ['remember', 'update_labels', 'run_pipeline'],
  },
  {
    when: 'more are needed',
    facts: approvalFacts({ state: 'partly' }),
    because: 'b1946ac9 is partly approved: a new pipeline is started',
    actions: ['remember', 'update_labels', 'run_pipeline'],
  },
  {
    when: 'the first one was answered, and this is the last',
    facts: approvalFacts({ answered: 'partly', mergeRequest: { labels: [label] } }),
    because: 'b1946ac9 is fully approved: a new pipeline is started',
    actions: ['remember', 'run_pipeline'],
  },
  {
    when: 'the same was answered before',
    facts: approvalFacts({ answered: 'partly', state: 'partly', mergeRequest: { labels: [label] } }),
    because: 'that this commit is partly approved was answered before',
    actions: [],
  },
  {
    when: 'more was answered before',
    facts: approvalFacts({ answered: 'fully', state: 'partly', mergeRequest: { labels: [label] } }),
    because: 'that this commit is fully approved was answered before',
    actions: [],
  },
  {
    when: 'it was taken back in the meantime',
    facts: approvalFacts({ state: 'none' }),
    because: 'nobody approves it any more',
    actions: [],
  },
  {
    when: 'a push came in between',
    facts: approvalFacts({ sha: 'f'.repeat(40) }),
    because: 'the approval was of an earlier commit',
    actions: ['update_labels'],
  },
  {
    when: 'the merge request is merged by now',
    facts: approvalFacts({ mergeRequest: { state: 'merged' } }),
    because: 'the merge request is merged',
    actions: [],
  },
  {
    when: 'only documentation changes',
    facts: approvalFacts({ onlyListedFiles: true }),
    because: 'it changes nothing but docs',
    actions: ['update_labels'],
  },
  {
    when: 'a label speaks against it',
    facts: approvalFacts({ mergeRequest: { labels: ['pipeline:expedite'] } }),
    because: 'the label pipeline:expedite is on the merge request',
    actions: ['update_labels'],
  },
  {
    when: 'no Developer approves a merge request from a fork',
    facts: approvalFacts({ approvers: approvers(20), mergeRequest: { fork: true } }),
    because:
      'the approval is of imke, no Developer of this project, so nothing was started; a Developer of this project may start pipelines of this fork: by a label, an approval or a command',
    actions: ['update_labels', 'write_note'],
  },
  {
    when: 'who approved a merge request from a fork has taken it back, and others have not',
    facts: approvalFacts({ approvers: [], mergeRequest: { fork: true } }),
    because:
      'who approved this commit has taken it back, or is not known, so nothing was started; a Developer of this project may start pipelines of this fork: by a label, an approval or a command',
    actions: ['update_labels', 'write_note'],
  },
  {
    when: 'a Developer approves a merge request from a fork',
    facts: approvalFacts({ approvers: approvers(30), mergeRequest: { fork: true } }),
    because: 'b1946ac9 is fully approved: a new pipeline is started',
    actions: ['remember', 'update_labels', 'run_pipeline'],
  },
  {
    when: 'the merge request has no commits',
    facts: approvalFacts({ sha: null, event: mergeRequestEvent({ sha: null }) }),
    because: 'the merge request has no commits',
    actions: ['update_labels'],
  },
]

describe('an approval', () => {
  it.each(approvalCases)('when $when', ({ facts, because, actions }) => {
    const decision = decideApproval(facts)
    expect(decision.because).toBe(because)
    expect(types(decision)).toEqual(actions)
  })

  const both = `
approvals: {do: [{note: Well done.}]}
label_actions: [{labels: [ask], do: [{note: Read the guide.}]}]`

  it('leaves the text of a label in the note, as a label leaves that of an approval', () => {
    const approval = decideApproval(approvalFacts({ mergeRequest: { labels: ['ask'] } }, both))
    const change = decideLabels(
      labelFacts({ added: [labelChange('ask')], mergeRequest: { labels: ['ask', label] } }, both),
    )
    for (const { actions } of [approval, change]) {
      const note = actions.find(({ type }) => type === 'write_note')
      expect(note).toMatchObject({ section: { markdown: 'Read the guide.\n\nWell done.' } })
    }
  })
})
