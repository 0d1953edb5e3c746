import { type Action, act, type Decision } from '../../src/action.ts'
import { planSteps } from '../steps/plan.ts'
import { deservesLabel, isRefusedToStranger, spokenAgainst } from './approval-rules.ts'
import type { ApprovalFacts } from './facts.ts'
import { section } from './report.ts'

/** Pure: the same facts always give the same decision. */
export function decideApproval(facts: ApprovalFacts): Decision {
  const against = spokenAgainst(facts)
  if (against === null) return start(facts)
  const problems = isRefusedToStranger(facts) ? [against] : []
  return act(against, ...label(facts), ...note(facts, [], problems))
}

/** Labels are frozen into a pipeline when it is created, so the label comes first. */
function start(facts: ApprovalFacts): Decision {
  const { steps, options, project, mergeRequest, sha, state, event } = facts
  if (!steps || sha === null || state === 'none') return act('nothing was read about what an approval starts')
  const plan = planSteps(options.approvals.do, { facts: steps, options, since: null, event })
  const texts = options.approvals.do.flatMap((step) => (step.type === 'note' ? [step.text] : []))
  return act(
    [`${sha.slice(0, 8)} is ${state} approved`, plan.says.join('; ')].filter(Boolean).join(': '),
    { type: 'remember', project, memory: { kind: 'approval', mergeRequest: mergeRequest.iid, sha, state } },
    ...label(facts),
    ...plan.actions,
    ...note(facts, texts, plan.problems),
  )
}

function label(facts: ApprovalFacts): Action[] {
  const { options, project, mergeRequest } = facts
  const { label: title } = options.approvals
  if (!deservesLabel(facts) || mergeRequest.labels.includes(title)) return []
  return [{ type: 'update_labels', project, mergeRequest: mergeRequest.iid, add: [title], remove: [] }]
}

function note({ project, mergeRequest }: ApprovalFacts, texts: string[], problems: string[]): Action[] {
  if (texts.length + problems.length === 0) return []
  return [
    {
      type: 'write_note',
      project,
      mergeRequest: mergeRequest.iid,
      section: section(texts, problems),
      noNotesYet: !mergeRequest.hasNotes,
    },
  ]
}
