import type { Action } from '../../src/action.ts'
import type { NoteEvent } from '../../src/event.ts'
import type { Outcome } from '../../src/store/decisions.ts'
import type { StepFacts } from '../steps/facts.ts'
import type { CommandsOptions } from './options.ts'
import type { Command } from './parse.ts'

/** One of the bot's decisions about the merge request. */
export type Told = {
  /** Milliseconds since the epoch. */
  at: number
  reaction: string
  because: string
  actions: { type: string; result: Outcome['result'] | null }[]
}

export type Stopped = {
  pipeline: number
  /** The commit status that keeps it failed, whatever its jobs do; null: there is none. */
  mark: { sha: string; name: string } | null
  /** Jobs that were cancelled with it and have not been retried since. */
  jobs: { id: number; name: string; mayBeManual: boolean }[]
}

/** What was read; undefined: reading stopped before. */
export type CommandFacts = {
  options: CommandsOptions
  project: number
  event: NoteEvent
  bot: { id: number; username: string }
  /** null: the comment speaks to somebody else. */
  command: Command | null
  /** Commands of this person in the hour before this one, and since. */
  used?: number
  /** GitLab's access level in the project. */
  role?: number
  /** Of the merge request. */
  state?: string
  /** Its branch is in another project. */
  fork?: boolean
  steps?: StepFacts
  /** Newest first. */
  told?: Told[]
  /** What a failed fail-fast job stopped last; null: nothing. */
  stopped?: Stopped | null
}

/** What a command came to; `more` is Markdown that follows in the answer. */
export type Obeyed = { says: string; actions?: Action[]; more?: string }
