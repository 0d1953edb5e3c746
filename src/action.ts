/** Everything the bot can change, as data. `perform.ts` is the only place that carries it out. */

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
  | { type: 'cancel_pipeline'; project: number; pipeline: number }
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
    }
  | {
      type: 'set_commit_status'
      project: number
      sha: string
      pipeline: number
      name: string
      state: CommitStatusState
      description: string
      /** null: no link. */
      targetUrl: string | null
    }

export type ActionType = Action['type']

/** What a reaction concluded: why, for the person who reads the log at night, and what follows. */
export type Decision = { because: string; actions: Action[] }

/** @param because A whole sentence fragment: "rspec fail-fast failed for good and 8 jobs are left to stop". */
export const act = (because: string, ...actions: Action[]): Decision => ({
  because,
  actions,
})

/** @param because What spoke against acting: "nothing is left to cancel". */
export const skip = (because: string): Decision => ({ because, actions: [] })
