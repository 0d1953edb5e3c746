import { isDeveloper } from '../steps/authority.ts'
import type { ApprovalFacts } from './facts.ts'
import { refusedApproval } from './report.ts'

/** One thing that speaks against answering the approval; null: it does not, or its facts were not read yet. */
type Rule = (facts: ApprovalFacts) => string | null

const notOpen: Rule = ({ mergeRequest: { state } }) => (state === 'opened' ? null : `the merge request is ${state}`)

const takenBack: Rule = ({ state }) => (state === 'none' ? 'nobody approves it any more' : null)

const noCommits: Rule = ({ sha }) => (sha === null ? 'the merge request has no commits' : null)

/** GitLab runs a pipeline for the new commit anyway, and may be about to take the approvals back. */
const olderCommit: Rule = ({ event, sha }) =>
  event.sha !== null && event.sha !== sha ? 'the approval was of an earlier commit' : null

const ranks = { partly: 1, fully: 2 } as const

const answeredBefore: Rule = ({ state, answered }) => {
  if (state === 'none' || answered === null || ranks[answered] < ranks[state]) return null
  return `that this commit is ${answered} approved was answered before`
}

const labelled: Rule = ({ mergeRequest, options }) => {
  const label = mergeRequest.labels.find((title) => options.approvals.unlessLabels.includes(title))
  return label ? `the label ${label} is on the merge request` : null
}

const stranger: Rule = ({ mergeRequest, approvers }) =>
  mergeRequest.fork && !approvers.some(isDeveloper) ? refusedApproval(approvers) : null

const onlyListedFiles: Rule = ({ onlyListedFiles: only, options }) =>
  only ? `it changes nothing but ${options.approvals.unlessOnlyChanged.join(', ')}` : null

const rules: readonly Rule[] = [
  notOpen,
  takenBack,
  noCommits,
  olderCommit,
  answeredBefore,
  labelled,
  stranger,
  onlyListedFiles,
]

/** The first thing that speaks against starting what an approval starts, as far as facts were read. */
export function spokenAgainst(facts: ApprovalFacts): string | null {
  for (const rule of rules) {
    const because = rule(facts)
    if (because) return because
  }
  return null
}

/** Whether the label belongs on the merge request, whatever is started: it is never taken away again. */
export const deservesLabel = (facts: ApprovalFacts): boolean => !notOpen(facts) && !takenBack(facts)

export const isRefusedToStranger = (facts: ApprovalFacts): boolean => spokenAgainst(facts) === stranger(facts)
