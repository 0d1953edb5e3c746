/** What the fake instance remembers. Objects refer to each other directly; the REST and webhook shapes are made elsewhere. */

import type { CiStatus } from '../../../src/event.ts'
import type { Hook } from './hooks/types.ts'
import type { DownstreamSpec, JobSpec, JobWhen, TestCaseSpec } from './specs.ts'

export type { CiStatus }

/** Lowest to highest (Gitlab::Access); the index decides. */
export const roles = ['guest', 'planner', 'reporter', 'developer', 'maintainer', 'owner'] as const
export type Role = (typeof roles)[number]

export type User = { id: number; username: string; name: string; email: string; bot: boolean; blocked: boolean }

export type Scope = 'api' | 'read_api' | 'read_user' | 'read_repository'
export type Token = { text: string; user: User; scopes: Scope[]; revoked: boolean }

export type Commit = {
  sha: string
  message: string
  author: { name: string; email: string }
  at: number
  parent: string | null
  /** What was merged into the parent; only merge commits have it. */
  merged?: string
  /** The whole tree at this commit: path to content. */
  files: Record<string, string>
}

type Branch = { name: string; sha: string; protected: boolean }
export type Label = { id: number; name: string; color: string; description: string | null; createdAt: number }

export type Project = {
  id: number
  path: string
  name: string
  visibility: 'private' | 'internal' | 'public'
  defaultBranch: string
  /** Whether the project uses them; without, GitLab forbids to list deployments. */
  environments: 'enabled' | 'disabled'
  members: Map<number, Role>
  branches: Map<string, Branch>
  commits: Map<string, Commit>
  labels: Label[]
  pipelines: Pipeline[]
  mergeRequests: MergeRequest[]
  issues: Issue[]
  deployments: Deployment[]
  hooks: Hook[]
  triggerTokens: string[]
  /** What `.gitlab-ci.yml` makes of a new pipeline; an empty list: rules filtered all jobs out. */
  jobsFor(context: { source: string; ref: string }): JobSpec[]
}

type JobKind = 'build' | 'bridge' | 'external'

export type Job = {
  kind: JobKind
  id: number
  name: string
  stage: string
  status: CiStatus
  pipeline: Pipeline
  user: User
  allowFailure: boolean
  failureReason: string | null
  when: JobWhen
  environment: string | null
  needs: string[] | null
  /** A flag of the old attempt, not a status: a newer job of that name took its place. */
  retried: boolean
  retriesLeft: number
  interruptible: boolean
  supportsCanceling: boolean
  /** Expected seconds; null: as long as it really took. */
  plannedDuration: number | null
  bornAt: number
  createdAt: number
  queuedAt: number | null
  startedAt: number | null
  finishedAt: number | null
  artifacts: Record<string, string | Buffer> | null
  /** In place of the archive that GitLab would have of `artifacts`. */
  archive: Buffer | null
  artifactsExpired: boolean
  testReport: TestCaseSpec[] | null
  trace: string
  /** CI_JOB_TOKEN: valid while the job runs. */
  token: string
  bridge: { depend: boolean; spec: DownstreamSpec | null; downstream: Pipeline | null } | null
  /** Only for commit statuses set from outside. */
  external: { ref: string; targetUrl: string | null; description: string | null; coverage: number | null } | null
}

export type Pipeline = {
  id: number
  iid: number
  project: Project
  source: string
  ref: string
  tag: boolean
  sha: string
  beforeSha: string
  name: string | null
  status: CiStatus
  user: User
  mergeRequest: MergeRequest | null
  stages: string[]
  variables: { key: string; value: string }[]
  jobs: Job[]
  /** The trigger job that started it; null for pipelines of their own. */
  upstream: Job | null
  bornAt: number
  createdAt: number
  updatedAt: number
  startedAt: number | null
  finishedAt: number | null
}

export type Note = {
  id: number
  body: string
  author: User
  system: boolean
  internal: boolean
  createdAt: number
  updatedAt: number
  emoji: Emoji[]
}
export type Emoji = { id: number; name: string; user: User; at: number }

export type LabelEvent = { id: number; action: 'add' | 'remove'; label: Label; user: User; at: number }

export type MergeRequest = {
  id: number
  iid: number
  /** The target project: the merge request lives there. */
  project: Project
  sourceProject: Project
  sourceBranch: string
  targetBranch: string
  title: string
  description: string
  state: 'opened' | 'closed' | 'merged'
  draft: boolean
  author: User
  labels: Label[]
  assignees: User[]
  reviewers: User[]
  sha: string
  versions: { id: number; head: string; base: string; start: string; at: number }[]
  notes: Note[]
  emoji: Emoji[]
  approvedBy: User[]
  approvalsRequired: number
  labelEvents: LabelEvent[]
  /** Files whose diff GitLab leaves out of the JSON as too large. */
  tooLarge: string[]
  bornAt: number
  createdAt: number
  updatedAt: number
}

export type Issue = {
  id: number
  iid: number
  project: Project
  title: string
  description: string
  state: 'opened' | 'closed'
  labels: Label[]
  author: User
  assignees: User[]
  confidential: boolean
  createdAt: number
  updatedAt: number
}

export type Deployment = {
  id: number
  iid: number
  status: 'created' | 'running' | 'success' | 'failed' | 'canceled'
  environment: string
  job: Job
  createdAt: number
  updatedAt: number
}
