/** GitLab's objects with the fields that reactions use, and the two faces of the gateway. */

import type { CommitStatusState } from '../action.ts'
import type { CiStatus } from '../event.ts'
import type {
  Approvals,
  Commit,
  FileDiff,
  Issue,
  IssueFilter,
  IssueText,
  LabelEvent,
  TreeEntry,
} from './content-types.ts'

export type User = { id: number; username: string; name: string; bot: boolean }

export type PipelineBasic = {
  id: number
  iid: number | null
  project: number
  sha: string
  /** Merge request pipelines have `refs/merge-requests/17/head`. */
  ref: string
  status: CiStatus
  source: string
  url: string
  createdAt: string | null
}

export type Pipeline = PipelineBasic & {
  tag: boolean
  user: User | null
  /** Seconds. */
  duration: number | null
  startedAt: string | null
  finishedAt: string | null
  yamlErrors: string | null
}

export type Artifact = { fileType: string; filename: string; size: number }

export type Job = {
  id: number
  name: string
  stage: string
  status: CiStatus
  ref: string
  tag: boolean
  allowFailure: boolean
  /** null unless the job failed. */
  failureReason: string | null
  url: string
  createdAt: string | null
  startedAt: string | null
  finishedAt: string | null
  /** Seconds. */
  duration: number | null
  user: User | null
  artifacts: Artifact[]
  artifactsExpireAt: string | null
  /** GitLab nests the basic pipeline in each job. */
  pipeline: PipelineBasic
}

/** A trigger job. */
export type Bridge = {
  id: number
  name: string
  stage: string
  status: CiStatus
  allowFailure: boolean
  url: string
  /** null until it was created. */
  downstream: PipelineBasic | null
}

export type MergeRequest = {
  iid: number
  project: number
  title: string
  state: string
  draft: boolean
  labels: string[]
  /** Head of the source branch. */
  sha: string | null
  sourceBranch: string
  targetBranch: string
  /** Differs from the target project for forks; null when the fork is gone. */
  sourceProject: number | null
  targetProject: number
  author: User | null
  headPipeline: PipelineBasic | null
  /** Filled asynchronously after creation, so null at first. */
  diffRefs: { base: string; head: string; start: string } | null
  /** How many files it changes; with a plus when GitLab stopped counting, and lists no more. */
  changesCount: string | null
  /** Notes by people and bots, without system notes. */
  userNotesCount: number
  updatedAt: string | null
  url: string
}

export type Note = { id: number; body: string; author: User; system: boolean; createdAt: string }

export type Deployment = {
  id: number
  status: string
  environment: string
  /** The job that deploys, and its pipeline. */
  job: number | null
  pipeline: number | null
}

export type TestCase = {
  status: 'success' | 'failed' | 'error' | 'skipped'
  name: string
  classname: string
  file: string | null
  /** Text of the failure; GitLab gives text or an object, an object is rendered as JSON. */
  output: string | null
  recentFailures: number | null
}

export type TestSuite = { name: string; error: string | null; cases: TestCase[] }
export type TestReport = { suites: TestSuite[] }

export type CommitStatus = {
  id: number
  sha: string
  name: string
  status: CiStatus
  description: string | null
  targetUrl: string | null
  /** The user who set it. */
  author: User | null
  pipeline: number | null
  createdAt: string | null
  /** null while it waits. */
  finishedAt: string | null
}

export type Project = {
  id: number
  path: string
  url: string
  defaultBranch: string | null
}

export type Branch = { name: string; default: boolean; protected: boolean }

/** Reading only: what a reaction's `gather` gets. Lists are read whole, page by page. */
export type GitLabReader = {
  currentUser(): Promise<User>
  /** By id or by path. */
  project(project: number | string): Promise<Project>
  branch(project: number, name: string): Promise<Branch>
  pipeline(project: number, pipeline: number): Promise<Pipeline>
  /** What it was started with; values may be secrets. null: GitLab refuses, as it does with less than Developer. */
  pipelineVariables(project: number, pipeline: number): Promise<Record<string, string> | null>
  job(project: number, job: number): Promise<Job>
  /** Latest attempts only, unless `includeRetried`; without trigger jobs. */
  pipelineJobs(project: number, pipeline: number, options?: { includeRetried?: boolean }): Promise<Job[]>
  /** `/trigger_jobs`, or `/bridges` on instances that do not have it yet (deprecated in 19.2). */
  pipelineBridges(project: number, pipeline: number): Promise<Bridge[]>
  /** The newest successful jobs of the project, one page of 100. */
  recentSuccessfulJobs(project: number): Promise<Job[]>
  mergeRequest(project: number, mergeRequest: number): Promise<MergeRequest>
  mergeRequestNotes(project: number, mergeRequest: number): Promise<Note[]>
  mergeRequestPipelines(project: number, mergeRequest: number): Promise<PipelineBasic[]>
  /** The newest pipelines of a branch or tag, one page of 100. */
  refPipelines(project: number, ref: string, filter?: { source?: string }): Promise<PipelineBasic[]>
  /** The newest pipelines of a ref, newest first, one page of 100. */
  pipelinesOfRef(project: number, ref: string): Promise<PipelineBasic[]>
  runningDeployments(project: number): Promise<Deployment[]>
  testReport(project: number, pipeline: number): Promise<TestReport>
  commitStatuses(project: number, sha: string, options?: { pipeline?: number; name?: string }): Promise<CommitStatus[]>
  /** The last bytes of a job's log, without a cut character at the start; empty when there is none. */
  trace(project: number, job: number, options: { tailBytes: number }): Promise<string>
  /** One file of the archive. @throws GitLabError 404 when it or the archive is not there, or has expired */
  artifactFile(project: number, job: number, path: string, options: { maxBytes: number }): Promise<Buffer>
  /** The same, written to a file, which is gone again if that fails. Gives its size in bytes. */
  artifactFileTo(
    project: number,
    job: number,
    path: string,
    toPath: string,
    options: { maxBytes: number },
  ): Promise<number>
  /** Writes the zip archive to a file, which is gone again if that fails. Gives its size in bytes. */
  artifactArchive(project: number, job: number, toPath: string, options: { maxBytes: number }): Promise<number>
  /** As JSON: subject to GitLab's limits on diffs. */
  mergeRequestDiffs(project: number, mergeRequest: number): Promise<FileDiff[]>
  /** The whole diff as git writes it, base to head. */
  rawDiffs(project: number, mergeRequest: number, options: { maxBytes: number }): Promise<string>
  /** All files and folders below `path`. @throws GitLabError for more than `mostEntries`, 10,000 unless told */
  repositoryTree(project: number, sha: string, options?: { path?: string; mostEntries?: number }): Promise<TreeEntry[]>
  rawFile(project: number, path: string, sha: string, options: { maxBytes: number }): Promise<string>
  commit(project: number, sha: string): Promise<Commit>
  /** Those that a commit is part of, merged ones too. */
  commitMergeRequests(project: number, sha: string): Promise<MergeRequest[]>
  /** What a commit changed; a merge commit, as against the branch that was merged into. */
  commitDiffs(project: number, sha: string): Promise<FileDiff[]>
  /** Who set and removed labels, oldest first; null: this GitLab does not tell. */
  labelEvents(project: number, mergeRequest: number): Promise<LabelEvent[] | null>
  /** Pipelines that run or wait for a runner, a page of 100 of each. */
  alivePipelines(project: number): Promise<PipelineBasic[]>
  /** Where the bot is a Developer or more, the 100 that were active last. */
  memberProjects(): Promise<Project[]>
  approvals(project: number, mergeRequest: number): Promise<Approvals>
  /** GitLab's access level, inherited ones included: 20 Reporter, 30 Developer, 40 Maintainer, 50 Owner; 0: no member. */
  memberRole(project: number, user: number): Promise<number>
  issues(project: number, filter?: IssueFilter): Promise<Issue[]>
  /** The running job that a `CI_JOB_TOKEN` belongs to; null when GitLab does not accept it. */
  jobOfToken(jobToken: string): Promise<Job | null>
}

/** Every write of the bot; used by `perform.ts` alone. */
export type GitLabWriter = {
  cancelPipeline(project: number, pipeline: number): Promise<PipelineBasic>
  /** @throws GitLabError 403 when the job is not retryable, which also says that it was retried already. */
  retryJob(project: number, job: number): Promise<Job>
  createNote(project: number, mergeRequest: number, body: string): Promise<Note>
  updateNote(project: number, mergeRequest: number, note: number, body: string): Promise<Note>
  setCommitStatus(
    project: number,
    sha: string,
    status: {
      name: string
      state: CommitStatusState
      description: string
      pipeline: number
      targetUrl?: string
    },
  ): Promise<void>
  /** @throws GitLabError 405 when the configuration has no jobs for merge requests */
  createMergeRequestPipeline(project: number, mergeRequest: number): Promise<PipelineBasic>
  createPipeline(project: number, ref: string, variables?: Record<string, string>): Promise<PipelineBasic>
  /** Retries what failed or was cancelled since; without effect if nothing did. */
  retryPipeline(project: number, pipeline: number): Promise<PipelineBasic>
  /** @throws GitLabError 400 when the job is not manual or delayed, see `isUnplayable` */
  playJob(project: number, job: number): Promise<Job>
  updateLabels(
    project: number,
    mergeRequest: number,
    change: { add?: string[]; remove?: string[] },
  ): Promise<MergeRequest>
  createIssue(project: number, issue: { title: string; description: string; labels: string[] }): Promise<Issue>
  updateIssue(project: number, issue: number, change: IssueText & { stateEvent?: 'close' | 'reopen' }): Promise<Issue>
  /** On a note of the merge request. Done, too, when the bot has awarded it before. */
  awardEmoji(project: number, mergeRequest: number, note: number, name: string): Promise<void>
}
