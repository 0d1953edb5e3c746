import type { GitLabEvent } from '../event.ts'
import type { GitLabReader, GitLabWriter } from '../gitlab/faces.ts'
import type { RedisClient } from '../redis/connect.ts'
import type { SlackClient } from '../slack/client.ts'
import type { Pace } from '../slack/pace.ts'
import type { Trouble } from '../slack/trouble.ts'
import type { Outcome } from '../store/decisions.ts'

export type PerformDeps = {
  reader: GitLabReader
  writer: GitLabWriter
  redis: RedisClient
  botUserId(): Promise<number>
  /** Queues an event for a reaction; false where there is no such reaction, or none that takes this kind of event. */
  wake(reaction: string, event: GitLabEvent): Promise<boolean>
  /** null: Slack is not configured. */
  slack: SlackDeps | null
  now(): number
}

/** Under which circumstances an action is performed. */
export type Circumstances = {
  /** When it was decided, in milliseconds since the epoch. */
  decidedAt: number
  /** false when an earlier try may have got as far as GitLab. */
  firstTry: boolean
  /** What came of the actions before this one. */
  outcomes?: readonly (Outcome | null)[]
}

export type Performed = Pick<Outcome, 'detail' | 'url'> & {
  result: 'done' | 'already so'
}

export type SlackDeps = { client: SlackClient; pace: Pace; trouble: Trouble }
