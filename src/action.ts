/** Everything the bot can change, as data. `perform.ts` is the only place that carries it out. */

import type { GitLabEvent } from './event.ts'
import type { Incident, Place, Telling } from './incident.ts'
import type { KeptIssue } from './kept-issue.ts'
import type { Memory } from './memory.ts'
import type { TestUpdate } from './store/tests/update.ts'

/** States that GitLab accepts for a commit status (lib/api/commit_statuses.rb). */
export type CommitStatusState = 'pending' | 'running' | 'success' | 'failed' | 'canceled' | 'skipped'

/** One reaction's part of the bot's note on a merge request. */
export type NoteSection = {
  /** Also the order in the note: sections are sorted by name of their reaction as `src/note` lists them. */
  reaction: string
  /** Bad news: a note that turns from good to bad is written anew, so that people are notified. */
  verdict: 'good' | 'bad' | 'neutral'
  /** Markdown made by a `report.ts`; text from outside is already inert. Empty: the section is removed. */
  markdown: string
}

export type Action = Step & {
  /** true: a refusal is recorded, but what comes after is done all the same. */
  mayBeRefused?: true
}

type Step =
  /** Cancels everything in the pipeline that can be cancelled; a finished pipeline is "already so". */
  | {
      type: 'cancel_pipeline'
      project: number
      pipeline: number
      /** Milliseconds after the decision from which on it is decided anew instead; only for the first action. */
      outdatedAfter?: number
    }
  /**
   * Waits until a cancelled pipeline settles; if it does not end as `failed` by itself, a commit status
   * makes it so (a blocking manual job keeps a pipeline `manual`, gitlab composite.rb).
   */
  | {
      type: 'ensure_pipeline_failed'
      project: number
      pipeline: number
      sha: string
      status: string
      description: string
    }
  /** Starts a new attempt of a job; an attempt that was retried already is "already so". */
  | { type: 'retry_job'; project: number; job: number }
  | {
      type: 'write_note'
      project: number
      mergeRequest: number
      section: NoteSection
      noNotesYet?: boolean
      /** What it says instead when the action before it was refused. */
      ifRefused?: NoteSection
      /** Good news that nobody waits for: they only take the place of what this section said before. */
      onlyIfThere?: true
    }
  | {
      type: 'set_commit_status'
      project: number
      sha: string
      pipeline: number
      name: string
      state: CommitStatusState
      description: string
      /** Where there is no note to link to; null: no link. */
      targetUrl: string | null
      /** What it is about: the status links to the bot's note there, and is looked after while it waits. */
      about?: { mergeRequest: number; url: string; path: string }
    }
  /**
   * Starts a pipeline of the merge request. GitLab would make a second one when told twice, so another try first looks
   * for one that is newer than `after`, the newest pipeline when this was decided. Those that it `replaces` are
   * cancelled once it is there, and only then.
   */
  | { type: 'run_pipeline'; project: number; mergeRequest: number; sha: string; after: number; replaces?: number[] }
  /** Starts a manual or delayed job; one that was started already is "already so". */
  | { type: 'play_job'; project: number; job: number }
  | { type: 'update_labels'; project: number; mergeRequest: number; add: string[]; remove: string[] }
  /** Starts a pipeline in any project; another try first looks for one of the bot's that is newer than `after`. */
  | { type: 'trigger_pipeline'; project: number; ref: string; variables: Record<string, string>; after: number }
  /** Wakes another reaction as if GitLab had sent it this event; one that is not there is said so. */
  | { type: 'wake_reaction'; reaction: string; event: GitLabEvent }
  /** On a note of the merge request. */
  | { type: 'award_emoji'; project: number; mergeRequest: number; note: number; name: string }
  /** Answers the command in a note of the merge request, followed by what came of the actions before this one. */
  | { type: 'write_answer'; project: number; mergeRequest: number; note: number; markdown: string }
  /** What people are to be told of an incident; outdated, if somebody else changed the incident since this was decided. */
  | { type: 'remember_incident'; project: number; place: Place; next: Incident; telling: Telling | null }
  /** Makes Slack show what is to be told at a place, as far as it does not yet. */
  | { type: 'tell_slack'; project: number; place: Place }
  /** Looks after a commit status no more that was remembered as waiting since then, and waits no more. */
  | { type: 'forget_status'; project: number; pipeline: number; name: string; since: number }
  /** Keeps in mind what a later decision has to know; changes nothing that others see. */
  | { type: 'remember'; project: number; memory: Memory }
  /** What a pipeline showed of its tests. */
  | ({ type: 'remember_tests' } & TestUpdate)
  /** Makes the one issue with this marker look like that: opened, edited, opened again, or closed. */
  | ({ type: 'keep_issue' } & KeptIssue)

export type ActionType = Action['type']

/** What the bot does for itself alone: done in a dry run too, and no reason to say that it acted. */
export const isBookkeeping = ({ type }: Action): boolean =>
  type === 'remember' || type === 'remember_tests' || type === 'forget_status'

/** What a reaction concluded: why, for the person who reads the log at night, and what follows. */
export type Decision = {
  because: string
  actions: Action[]
  /** true: nobody will ask about it, so that it is logged and not kept. */
  isTrivial?: true
}

/** @param because A whole sentence fragment: "rspec fail-fast failed for good and 8 jobs are left to stop". */
export const act = (because: string, ...actions: Action[]): Decision => ({
  because,
  actions,
})

/** @param because What spoke against acting: "nothing is left to cancel". */
export const skip = (because: string): Decision => ({ because, actions: [] })

/** The same about what happens all the time and never was of interest. */
export const ignore = (because: string): Decision => ({ because, actions: [], isTrivial: true })
