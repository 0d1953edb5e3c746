/** The events that GitLab tells us of, in our own words: only what reactions use, parsed once by `parse-event.ts`. */

import type { Place } from './incident.ts'

/** Statuses of jobs and pipelines (app/models/concerns/ci/has_status.rb); unknown ones of newer versions pass through as text. */
export type CiStatus =
  | 'created'
  | 'waiting_for_resource'
  | 'preparing'
  | 'waiting_for_callback'
  | 'pending'
  | 'running'
  | 'success'
  | 'failed'
  | 'canceling'
  | 'canceled'
  | 'skipped'
  | 'manual'
  | 'scheduled'

/** `defaultBranch` is null where the delivery does not tell. */
export type ProjectRef = {
  id: number
  path: string
  defaultBranch: string | null
}

/** What every event tells. `at` is when the receiver accepted it, in milliseconds since the epoch. */
type Common = {
  at: number
  project: ProjectRef
  /** Set where no delivery told it: a sweep found it, or an action of ours asked for it. Looked at whatever was decided before. */
  asked?: 'sweep' | 'recheck'
}

export type JobEvent = Common & {
  kind: 'job'
  job: number
  name: string
  stage: string
  status: CiStatus
  allowFailure: boolean
  /** null unless the job failed; GitLab sends "unknown_failure" for jobs that did not fail. */
  failureReason: string | null
  /** How many attempts of that name went before, as GitLab counts them at that moment (16.2); a hint, 0 on old versions. */
  retries: number
  pipeline: number
  /** As GitLab gives it: `main`, or `refs/merge-requests/17/head`. */
  ref: string
  tag: boolean
  /** Taken from a `refs/merge-requests/…` ref; null for other refs. */
  mergeRequest: number | null
  sha: string
  /** Set for jobs of child and multi-project downstream pipelines. */
  upstream: { project: number; pipeline: number } | null
}

export type PipelineEvent = Common & {
  kind: 'pipeline'
  pipeline: number
  status: CiStatus
  /** In milliseconds since the epoch; a pipeline that is retried ends again. null: it has not ended. */
  finishedAt: number | null
  source: string
  /** The source branch, also for merge request pipelines. */
  ref: string
  tag: boolean
  sha: string
  mergeRequest: number | null
  /** The project of the merge request: not that of the pipeline when a fork runs it. */
  targetProject: number | null
  /** The highest id of its jobs: it grows when a job is retried. */
  newestJob: number | null
  /** Set for child and multi-project downstream pipelines. */
  upstream: { project: number; pipeline: number } | null
  /** Set where a sweep asks to look at an incident again; the rest is what last happened to it. */
  incident?: { place: Place; revision: number }
}

export type MergeRequestEvent = Common & {
  kind: 'merge_request'
  mergeRequest: number
  action: string
  state: string
  /** Head of the source branch. */
  sha: string | null
  /** The commit before a push; null when no code changed. */
  oldSha: string | null
  user: { id: number; username: string } | null
  /** Set when GitLab itself acted, as when a push resets approvals. */
  system: boolean
  labels: string[]
  /** What GitLab says was changed; may be missing or wrong, so only a hint. */
  labelChange: { previous: string[]; current: string[] } | null
  /** The attributes that GitLab says were changed; none: it does not say, and anything may have been. */
  changed: string[]
  /** Milliseconds since the epoch, mostly whole seconds: GitLab writes no fractions here. null: not told. */
  updatedAt: number | null
  sourceProject: number | null
}

export type NoteEvent = Common & {
  kind: 'note'
  note: number
  /** null unless the note is on a merge request. */
  mergeRequest: number | null
  /** Newest commit of the merge request when it was written; null: not told. */
  sha: string | null
  user: { id: number; username: string } | null
  action: string
  /** Its lines that begin with `@`, outside of code, each cut short; the rest of what people write stays with GitLab. */
  addressed: string[]
  internal: boolean
}

export type PushEvent = Common & {
  kind: 'push'
  ref: string
  /** null when the branch was deleted. */
  sha: string | null
  user: { id: number; username: string } | null
}

export type DeploymentEvent = Common & {
  kind: 'deployment'
  deployment: number
  status: string
  environment: string
  job: number | null
}

export type IssueEvent = Common & {
  kind: 'issue'
  issue: number
  action: string
  user: { id: number; username: string } | null
}

export type GitLabEvent =
  | JobEvent
  | PipelineEvent
  | MergeRequestEvent
  | NoteEvent
  | PushEvent
  | DeploymentEvent
  | IssueEvent

export type EventKind = GitLabEvent['kind']
