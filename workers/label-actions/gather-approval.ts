import { matchesPaths } from '../../src/changes.ts'
import { NotYetError } from '../../src/errors.ts'
import type { MergeRequestEvent } from '../../src/event.ts'
import type { Approvals } from '../../src/gitlab/content-types.ts'
import type { MergeRequest } from '../../src/gitlab/types.ts'
import type { Readers } from '../../src/readers.ts'
import { gatherSteps } from '../steps/gather.ts'
import { spokenAgainst } from './approval-rules.ts'
import { factsOfMergeRequest, templateValues } from './describe.ts'
import type { Actor, ApprovalFacts } from './facts.ts'
import type { LabelOptions } from './options.ts'

/** The approval that an event tells of may not be visible for a moment. */
const lagPatienceMs = 5_000
const lookAgainMs = 500

/** The event only says that somebody approved; who did and how much is missing is read. */
export async function gatherApproval(
  event: MergeRequestEvent,
  read: Readers,
  events: readonly MergeRequestEvent[],
  options: LabelOptions,
): Promise<ApprovalFacts> {
  const { id: project } = event.project
  const [mergeRequest, approvals] = await Promise.all([
    read.gitlab.mergeRequest(project, event.mergeRequest),
    read.gitlab.approvals(project, event.mergeRequest),
  ])
  const { sha } = mergeRequest
  const ofThisCommit = events.filter((each) => each.sha === null || each.sha === sha)
  requireFresh(approvals, ofThisCommit, read.now())
  const facts: ApprovalFacts = {
    about: 'approval',
    options,
    project,
    // One of an earlier commit that is answered late must not speak for those that came since.
    event: ofThisCommit.at(-1) ?? event,
    mergeRequest: factsOfMergeRequest(mergeRequest),
    sha,
    state: stateOf(approvals),
    answered: sha === null ? null : await read.memory.approval(project, mergeRequest.iid, sha),
    approvers: await readApprovers(ofThisCommit, approvals, mergeRequest, read),
  }
  if (spokenAgainst(facts)) return facts
  const known = { ...facts, onlyListedFiles: await changesOnlyListed(mergeRequest, options, read) }
  if (spokenAgainst(known)) return known
  return { ...known, steps: await readSteps(known, mergeRequest, read) }
}

/** @throws NotYetError when one of the approvals is not there yet */
function requireFresh({ by }: Approvals, events: readonly MergeRequestEvent[], now: number): void {
  const missing = events.filter(({ user }) => user !== null && !by.some(({ id }) => id === user.id))
  if (missing.some(({ at }) => now - at < lagPatienceMs))
    throw new NotYetError('GitLab does not show the approval yet', lookAgainMs)
}

/** GitLab calls a merge request that needs no approval "approved" from the start. */
function stateOf({ approved, required, by }: Approvals): ApprovalFacts['state'] {
  if (by.length === 0) return 'none'
  return approved || !required ? 'fully' : 'partly'
}

/** Who approved this commit and has not taken it back. Roles count for merge requests from forks only. */
async function readApprovers(
  events: readonly MergeRequestEvent[],
  { by }: Approvals,
  { project, sourceProject, targetProject }: MergeRequest,
  read: Readers,
): Promise<Actor[]> {
  const people = new Map(events.flatMap(({ user }) => (user ? [[user.id, user]] : [])))
  const approving = [...people.values()].filter((person) => by.some(({ id }) => id === person.id))
  const isFork = sourceProject !== targetProject
  const roleOf = async ({ id }: { id: number }) => (isFork ? read.gitlab.memberRole(project, id) : null)
  return Promise.all(approving.map(async (person): Promise<Actor> => ({ ...person, role: await roleOf(person) })))
}

async function changesOnlyListed({ project, iid, changesCount }: MergeRequest, options: LabelOptions, read: Readers) {
  const lists = options.approvals.unlessOnlyChanged
  // GitLab stopped counting, so its list of files has an end before theirs.
  if (lists.length === 0 || changesCount?.endsWith('+')) return false
  const files = await read.gitlab.mergeRequestDiffs(project, iid)
  const paths = files.flatMap(({ oldPath, newPath }) => [oldPath, newPath])
  return matchesPaths(lists, paths, 'all', options.patterns)
}

function readSteps({ options, event, approvers }: ApprovalFacts, mergeRequest: MergeRequest, read: Readers) {
  const values = templateValues(mergeRequest, event, {
    label: options.approvals.label,
    user: approvers[0]?.username ?? '',
  })
  return gatherSteps({ steps: options.approvals.do, mergeRequest, values, options }, read)
}
