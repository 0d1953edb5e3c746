/** What is remembered of a problem that people were told of, and what they were told. */

import type { PipelineEvent } from './event.ts'
import type { SlackMessage } from './slack/message.ts'

/** Where something was told: one incident at a time for each. */
export type Place = {
  project: number
  /** What it is about: a merge request, a branch or a tag, or a schedule that is expected to run. */
  subject: string
  /** A channel by name or id, or the id of a person. */
  destination: string
}

/** Something that keeps a ref red. */
export type Failing = {
  name: string
  /** `pipeline`: no job of it failed, as after an error in its configuration. */
  kind: 'job' | 'bridge' | 'status' | 'pipeline'
  stage: string
  url: string
  /** GitLab's reason, or the error in the configuration. */
  reason: string | null
  /** The pipeline that a failed trigger job started. */
  downstream: { id: number; url: string } | null
  /** The pipeline in which it failed, and how that came about. */
  pipeline: number
  source: string
  /** When that was seen, in milliseconds since the epoch. */
  at: number
}

/** What of a route stays with an incident that it opened, also when the configuration changes. */
export type Hearing = {
  tells: ('failed' | 'recovered')[]
  /** Only these count; empty: everything. */
  jobs: string[]
  mention: string[]
}

export type Incident = {
  /** Grows with every change; 0 is before the first. */
  revision: number
  /** The fact that led to this revision, so that it is not taken into account twice. */
  by: string
  state: 'red' | 'green'
  failing: Failing[]
  /** Since when it is in this state, in milliseconds since the epoch. */
  since: number
  /** When people were last told or reminded that it is red. */
  toldAt: number
  /** The newest pipeline of each source that was taken into account: older ones may end later. */
  seen: Record<string, number>
  /** What the newest of them was told of. */
  event: PipelineEvent
  hearing: Hearing
  /** When to look at it again; null: only when something happens. */
  due: number | null
  /** Where it is told; null: nothing was told yet. */
  thread: number | null
}

/** What is to be said: a message of its own or an edit of it, and an answer in its thread. */
export type Telling = {
  /** `open` starts the thread of the incident, `current` goes on in it, `own` stands for itself. */
  thread: 'open' | 'current' | 'own'
  /** null: as it is. */
  card: SlackMessage | null
  reply: SlackMessage | null
}

/** What a thread shall look like; what it looks like in Slack is remembered apart. */
export type Thread = {
  number: number
  /** Of the card; grows with every edit. */
  version: number
  /** When its card was last changed, in milliseconds since the epoch. */
  at: number
  card: SlackMessage
  /** The newest ones; `at` is when it was decided to say so. */
  replies: { number: number; message: SlackMessage; at: number }[]
}
