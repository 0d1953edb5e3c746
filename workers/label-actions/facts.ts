import type { MergeRequestEvent } from '../../src/event.ts'
import type { ApprovalState } from '../../src/memory.ts'
import type { StepFacts } from '../steps/facts.ts'
import type { LabelOptions } from './options.ts'

/** `role` is GitLab's access level; null: not read, for it makes no difference. */
export type Actor = { id: number; username: string; role: number | null }

export type LabelChange = {
  label: string
  /** null: no event tells who it was. */
  by: Actor | null
  /** On GitLab's clock, in milliseconds since the epoch; null: not told. */
  at: number | null
  /** The newest commit when it was done; null: not told. */
  sha: string | null
}

export type MergeRequestFacts = {
  iid: number
  state: string
  labels: string[]
  /** The branch is in another project than the merge request. */
  fork: boolean
  hasNotes: boolean
}

type Common = { options: LabelOptions; project: number; event: MergeRequestEvent }

export type LabelFacts = Common & {
  about: 'labels'
  /** What the bot saw last; null: nothing yet. */
  remembered: string[] | null
  /** null: nothing on it is of interest, so it was not read. */
  mergeRequest: MergeRequestFacts | null
  added: LabelChange[]
  removed: LabelChange[]
  /** Undefined: no action is asked for. */
  steps?: StepFacts
}

export type ApprovalFacts = Common & {
  about: 'approval'
  mergeRequest: MergeRequestFacts
  /** Head of the source branch now; null: there are no commits. */
  sha: string | null
  /** none: who approved has taken it back. */
  state: ApprovalState | 'none'
  /** What was answered for this commit before. */
  answered: ApprovalState | null
  /** Who approved this commit, as far as events tell, and still does. */
  approvers: Actor[]
  /** Whether every changed file is in the lists of `unless_only_changed`; undefined: not read. */
  onlyListedFiles?: boolean
  steps?: StepFacts
}

export type Facts = LabelFacts | ApprovalFacts
