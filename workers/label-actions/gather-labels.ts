import { NotYetError } from '../../src/errors.ts'
import type { MergeRequestEvent } from '../../src/event.ts'
import type { MergeRequest } from '../../src/gitlab/types.ts'
import type { Readers } from '../../src/readers.ts'
import { isPrivileged } from '../steps/authority.ts'
import { gatherSteps } from '../steps/gather.ts'
import { labelChanges, type Wanted, wantedEntries } from './changes.ts'
import { factsOfMergeRequest, templateValues } from './describe.ts'
import type { LabelChange, LabelFacts } from './facts.ts'
import type { LabelOptions } from './options.ts'

/** GitLab reads from replicas: the label that an event tells of may not be visible for a moment. */
const lagPatienceMs = 10_000
const lookAgainMs = 1_000

/** Reads only if something of interest is, or was, on the merge request. */
export async function gatherLabels(
  event: MergeRequestEvent,
  read: Readers,
  events: readonly MergeRequestEvent[],
  options: LabelOptions,
): Promise<LabelFacts> {
  const { id: project } = event.project
  const remembered = await read.memory.labels(project, event.mergeRequest)
  const facts: LabelFacts = {
    about: 'labels',
    options,
    project,
    event,
    remembered,
    mergeRequest: null,
    added: [],
    removed: [],
  }
  if (![...(remembered ?? []), ...events.flatMap(labelsOf)].some(isOfInterest(options))) return facts
  const mergeRequest = await read.gitlab.mergeRequest(project, event.mergeRequest)
  requireFresh(mergeRequest, events, read.now())
  const changes = labelChanges({ remembered, events, now: mergeRequest.labels })
  const known = { ...facts, mergeRequest: factsOfMergeRequest(mergeRequest), ...withTimes(changes, mergeRequest) }
  const wanted = wantedEntries(options.labelActions, known)
  if (wanted.length === 0 || mergeRequest.state !== 'opened') return known
  return { ...known, ...(await readWanted(known, wanted, mergeRequest, read)) }
}

const labelsOf = ({ labels, labelChange }: MergeRequestEvent): string[] => [
  ...labels,
  ...(labelChange?.previous ?? []),
  ...(labelChange?.current ?? []),
]

const isOfInterest =
  ({ labelActions }: LabelOptions) =>
  (label: string): boolean =>
    labelActions.some(({ labels }) => labels.includes(label))

/** @throws NotYetError when GitLab shows an older state than it told of */
function requireFresh({ labels, updatedAt }: MergeRequest, events: readonly MergeRequestEvent[], now: number): void {
  const newest = events.at(-1)
  if (!newest || newest.updatedAt === null || updatedAt === null || now - newest.at > lagPatienceMs) return
  const isSame = labels.length === newest.labels.length && labels.every((label) => newest.labels.includes(label))
  if (isSame || Date.parse(updatedAt) >= newest.updatedAt) return
  throw new NotYetError('GitLab does not show yet what it told of', lookAgainMs)
}

type Changes = Pick<LabelFacts, 'added' | 'removed'>

const withTimes = ({ added, removed }: Changes, { updatedAt }: MergeRequest): Changes => {
  const precise = (change: LabelChange) => ({ ...change, at: preciseTime(change.at, updatedAt) })
  return { added: added.map(precise), removed: removed.map(precise) }
}

const second = 1_000

/**
 * Events tell whole seconds only. If the merge request was last changed in that second, that was the label; else the
 * end of the second counts, for a needless pipeline is better than none.
 */
function preciseTime(at: number | null, updatedAt: string | null): number | null {
  if (at === null || at % second !== 0) return at
  const last = Date.parse(updatedAt ?? '')
  return Math.floor(last / second) * second === at ? last : at + second - 1
}

async function readWanted(facts: LabelFacts, wanted: readonly Wanted[], mergeRequest: MergeRequest, read: Readers) {
  const { options, event } = facts
  const steps = wanted.flatMap(({ entry }) => entry.do)
  const [first] = wanted.flatMap(({ changes }) => changes)
  const values = templateValues(mergeRequest, event, {
    label: first?.change.label ?? '',
    user: first?.change.by?.username ?? '',
  })
  const rolesCount = facts.mergeRequest?.fork && steps.some(isPrivileged)
  const changes = rolesCount ? await withRoles(facts, mergeRequest.project, read) : {}
  return { ...changes, steps: await gatherSteps({ steps, mergeRequest, values, options }, read) }
}

/** Read from the members API: what a payload says about people is no proof. */
async function withRoles({ added, removed }: Changes, project: number, read: Readers): Promise<Changes> {
  const withRole = async (change: LabelChange): Promise<LabelChange> => {
    if (!change.by) return change
    return { ...change, by: { ...change.by, role: await read.gitlab.memberRole(project, change.by.id) } }
  }
  return { added: await Promise.all(added.map(withRole)), removed: await Promise.all(removed.map(withRole)) }
}
