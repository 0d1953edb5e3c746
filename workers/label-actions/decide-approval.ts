import { type Action, act, type Decision } from '../../src/action.ts'
import { planSteps } from '../steps/plan.ts'
import { deservesLabel, isRefusedToStranger, spokenAgainst } from './approval-rules.ts'
import type { ApprovalFacts } from './facts.ts'
import { labelSection } from './report.ts'

/** Pure: the same facts always give the same decision. */
export function decideApproval(facts: ApprovalFacts): Decision {
  const against = spokenAgainst(facts)
  if (against === null) return start(facts)
  const problems = isRefusedToStranger(facts) ? [against] : []
  return act(against, ...label(facts), ...(problems.length > 0 ? note(facts, facts.mergeRequest.labels, problems) : []))
}

/** Labels are frozen into a pipeline when it is created, so the label comes first. */
function start(facts: ApprovalFacts): Decision {
  const { steps, options, project, mergeRequest, sha, state, event } = facts
  if (!steps || sha === null || state === 'none') return act('nothing was read about what an approval starts')
  const plan = planSteps(options.approvals.do, { facts: steps, options, since: null, event })
  const asksForNote = options.approvals.do.some(({ type }) => type === 'note')
  const labels = [...mergeRequest.labels, options.approvals.label]
  return act(
    [`${sha.slice(0, 8)} is ${state} approved`, plan.says.join('; ')].filter(Boolean).join(': '),
    { type: 'remember', project, memory: { kind: 'approval', mergeRequest: mergeRequest.iid, sha, state } },
    ...label(facts),
    ...plan.actions,
    ...(asksForNote || plan.problems.length > 0 ? note(facts, labels, plan.problems) : []),
  )
}

function label(facts: ApprovalFacts): Action[] {
  const { options, project, mergeRequest } = facts
  const { label: title } = options.approvals
  if (!deservesLabel(facts) || mergeRequest.labels.includes(title)) return []
  return [{ type: 'update_labels', project, mergeRequest: mergeRequest.iid, add: [title], remove: [] }]
}

function note({ project, mergeRequest, options }: ApprovalFacts, labels: string[], problems: string[]): Action[] {
  const section = labelSection({ options, labels, wanted: [], problems })
  return [{ type: 'write_note', project, mergeRequest: mergeRequest.iid, section, noNotesYet: !mergeRequest.hasNotes }]
}
