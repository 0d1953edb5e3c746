import type { NoteSection } from '../../src/action.ts'
import { inertText } from '../../src/note/inert.ts'
import { bulletList } from '../../src/note/wording.ts'
import { isDeveloper } from '../steps/authority.ts'
import type { Wanted } from './changes.ts'
import type { Actor, LabelChange } from './facts.ts'
import type { Entry, LabelOptions } from './options.ts'

type Shown = {
  options: Pick<LabelOptions, 'labelActions' | 'approvals'>
  /** On the merge request now. */
  labels: readonly string[]
  wanted: readonly Wanted[]
  problems: readonly string[]
}

/** Texts of labels, that of approvals among them, as long as they are set, and what could not be done for who asked. */
export function labelSection({ options, labels, wanted, problems }: Shown): NoteSection {
  const shown = entriesOf(options).filter(
    (entry) => isSet(entry, labels) || wanted.some((each) => each.entry === entry),
  )
  const texts = shown.flatMap((entry) => entry.do.flatMap((step) => (step.type === 'note' ? [step.text] : [])))
  return {
    reaction: 'label-actions',
    verdict: 'neutral',
    // Texts come from the configuration, and may be Markdown.
    markdown: [...new Set(texts), bulletList(problems.map((problem) => inertText(problem)))]
      .filter(Boolean)
      .join('\n\n'),
  }
}

/** Labels and approvals share a part of the note, and must not take each other's texts out of it. */
const entriesOf = ({ labelActions, approvals }: Shown['options']): Entry[] => {
  const { enabled, label, do: steps } = approvals
  return enabled ? [...labelActions, { labels: [label], on: ['added'], do: steps }] : labelActions
}

const isSet = ({ on, labels }: Entry, present: readonly string[]) =>
  on.includes('added') && labels.some((label) => present.includes(label))

/** `pipeline:run-all-rspec was set by imke and backend was removed`. */
export const changesText = (wanted: readonly Wanted[]): string => {
  const texts = wanted.flatMap(({ changes }) => changes.map(({ kind, change }) => changeText(kind, change)))
  return [...new Set(texts)].join(' and ')
}

const changeText = (kind: 'added' | 'removed', { label, by }: LabelChange): string =>
  `${label} was ${kind === 'added' ? 'set' : 'removed'}${by ? ` by ${by.username}` : ''}`

const asking = 'a Developer of this project may start pipelines of this fork: by a label, an approval or a command'

export const refusedFork = (wanted: Wanted): string =>
  wanted.changes.some(({ change }) => isDeveloper(change.by))
    ? `${changesText([wanted])} before the newest commit was pushed, so nothing was started; ${asking}`
    : `${changesText([wanted])}, who is no Developer of this project, so nothing was started; ${asking}`

export const refusedApproval = (approvers: readonly Actor[]): string =>
  approvers.length === 0
    ? `who approved this commit has taken it back, or is not known, so nothing was started; ${asking}`
    : `the approval is of ${approvers.map(({ username }) => username).join(', ')}, no Developer of this project, so nothing was started; ${asking}`
