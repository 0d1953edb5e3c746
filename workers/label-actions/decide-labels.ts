import { type Action, act, type Decision, skip } from '../../src/action.ts'
import { isAboutHead, isDeveloper, withoutPrivileged } from '../steps/authority.ts'
import type { Step } from '../steps/facts.ts'
import { planSteps } from '../steps/plan.ts'
import { type Wanted, wantedEntries } from './changes.ts'
import type { LabelChange, LabelFacts } from './facts.ts'
import { changesText, labelSection, refusedFork } from './report.ts'

/** Pure: the same facts always give the same decision. */
export function decideLabels(facts: LabelFacts): Decision {
  const { mergeRequest, options } = facts
  if (!mergeRequest) return skip('no label of this merge request starts anything')
  const remembering = remember(facts)
  const wanted = wantedEntries(options.labelActions, ownChanges(facts))
  if (wanted.length === 0) return act(nothingNew(facts), ...remembering, ...rewriteNote(facts))
  if (mergeRequest.state !== 'opened') {
    return act(`${changesText(wanted)}, but the merge request is ${mergeRequest.state}`, ...remembering)
  }
  return start(facts, wanted, remembering)
}

/** Of a fork's merge request, what nobody told of yet waits for its own event: only that says who it was. */
function ownChanges({ mergeRequest, added, removed }: LabelFacts) {
  const isTold = ({ by }: LabelChange) => !mergeRequest?.fork || by !== null
  return { added: added.filter(isTold), removed: removed.filter(isTold) }
}

/** First of all: while the rest is tried again, a later decision must not see the same labels as new. */
function remember(facts: LabelFacts): Action[] {
  const { project, mergeRequest, remembered, added } = facts
  if (!mergeRequest) return []
  const own = ownChanges(facts)
  const left = added.filter((change) => !own.added.includes(change)).map(({ label }) => label)
  const add = remembered === null ? mergeRequest.labels.filter((label) => !left.includes(label)) : names(own.added)
  const remove = remembered === null ? [] : names(own.removed)
  if (remembered !== null && add.length + remove.length === 0) return []
  return [{ type: 'remember', project, memory: { kind: 'labels', mergeRequest: mergeRequest.iid, add, remove } }]
}

const names = (changes: readonly LabelChange[]) => changes.map(({ label }) => label)

function nothingNew({ event, mergeRequest, added, removed }: LabelFacts): string {
  if (event.action === 'open') return 'labels that are there from the start are in the first pipeline already'
  const untold = mergeRequest?.fork ? added.filter(({ by }) => by === null) : []
  if (untold.length > 0) return `no event tells yet who set ${names(untold).join(', ')}, which counts for a fork`
  return added.length + removed.length === 0
    ? 'no label came or went since the last look'
    : `no action is configured for ${[...names(added), ...names(removed)].join(', ')}`
}

/** A text of the note goes with its label. */
function rewriteNote(facts: LabelFacts): Action[] {
  const { options, removed } = facts
  const texts = options.labelActions.filter((entry) => entry.do.some(({ type }) => type === 'note'))
  const isGone = removed.some(({ label }) => texts.some(({ labels }) => labels.includes(label)))
  return isGone ? note(facts, [], []) : []
}

function start(facts: LabelFacts, wanted: readonly Wanted[], remembering: Action[]): Decision {
  const { steps: stepFacts, options, event, mergeRequest } = facts
  if (!stepFacts) return skip('nothing was read about what the labels ask for')
  const refused = mergeRequest?.fork
    ? wanted.filter(
        ({ changes }) => !changes.some(({ change }) => isDeveloper(change.by) && isAboutHead(stepFacts.sha, change)),
      )
    : []
  const steps = distinct(
    wanted.flatMap((each) => (refused.includes(each) ? withoutPrivileged(each.entry.do) : each.entry.do)),
  )
  const plan = planSteps(steps, { facts: stepFacts, options, since: newestTime(wanted), event })
  const refusals = refused.filter(({ entry }) => withoutPrivileged(entry.do).length < entry.do.length).map(refusedFork)
  const asksForNote = steps.some(({ type }) => type === 'note')
  const problems = [...refusals, ...plan.problems]
  const says = [...plan.says, ...refusals, ...(asksForNote ? ['a text is shown in the note'] : [])]
  return act(
    `${changesText(wanted)}: ${says.join('; ')}`,
    ...remembering,
    ...plan.actions,
    ...(asksForNote || problems.length > 0 ? note(facts, wanted, problems) : []),
  )
}

/** null: one of them has no time, so that nobody can say which pipelines are younger. */
function newestTime(wanted: readonly Wanted[]): number | null {
  const runs = wanted.filter(({ entry }) => entry.do.some(({ type }) => type === 'run_pipeline'))
  const times = runs.flatMap(({ changes }) => changes.map(({ change }) => change.at))
  return times.includes(null) ? null : Math.max(...times.filter((at) => at !== null))
}

/** What several labels ask for is done once. */
const distinct = (steps: readonly Step[]): Step[] => {
  const texts = steps.map((step) => JSON.stringify(step))
  return steps.filter((_, index) => texts.indexOf(texts[index] ?? '') === index)
}

function note(facts: LabelFacts, wanted: readonly Wanted[], problems: readonly string[]): Action[] {
  const { project, mergeRequest, options } = facts
  if (!mergeRequest) return []
  const section = labelSection({ options, labels: mergeRequest.labels, wanted, problems })
  return [{ type: 'write_note', project, mergeRequest: mergeRequest.iid, section, noNotesYet: !mergeRequest.hasNotes }]
}
