import type { CiStatus, PipelineEvent } from '../../src/event.ts'
import type { Failing, Incident } from '../../src/incident.ts'
import type { Traits } from '../../src/traits.ts'
import type { SlackReactionOptions } from './options.ts'
import type { Subject } from './subject.ts'

export type PipelineFacts = {
  id: number
  status: CiStatus
  source: string
  sha: string
  /** What somebody committed: the pipeline of a merged result has a merge commit of GitLab's own. */
  commit: string
  url: string
  /** Seconds. */
  duration: number | null
  /** Who started it; null: nobody is named. */
  user: { name: string; bot: boolean } | null
  yamlErrors: string | null
  /** When it ended, in milliseconds since the epoch. */
  endedAt: number
}

export type CommitFacts = { sha: string; title: string; author: string; url: string }
export type MergeRequestFacts = { iid: number; title: string; url: string }
export type FailedTests = { count: number; first: { name: string; message: string }[] }

/** What was read before deciding, in steps from cheap to dear: what was not read is undefined. */
export type SlackFacts = {
  options: SlackReactionOptions
  now: number
  event: PipelineEvent
  /** Identifies what the event tells. */
  fact: string
  subject: Subject
  /** What people were told of the subject, by destination. */
  incidents: { [destination: string]: Incident }
  /** Runs that are expected, by subject and destination. */
  expected: { [subject: string]: { [destination: string]: Incident } }
  pipeline?: PipelineFacts
  traits?: Traits
  mergeRequest?: MergeRequestFacts | null
  failing?: Failing[]
  /** Names of jobs that succeeded; read only if something is red. */
  passed?: string[]
  projectUrl?: string
  /** null: GitLab does not know the commit any more. */
  commit?: CommitFacts | null
  /** The Slack id of the commit's author; null: unknown, a bot, or no route asks. */
  author?: string | null
  /** A newer pipeline of the same source that succeeded; one that ran what failed, where not each runs the same. */
  newerGreen?: number | null
  /** null: there is no test report, or none of a failed test. */
  tests?: FailedTests | null
}
