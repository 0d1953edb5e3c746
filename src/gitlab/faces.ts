/** The two faces of the gateway: what can be read, and what can be written. */

import type { CommitStatusState } from '../action.ts'
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
import type {
  Branch,
  Bridge,
  CommitStatus,
  Deployment,
  Job,
  MergeRequest,
  Note,
  Pipeline,
  PipelineBasic,
  Project,
  TestReport,
  User,
} from './types.ts'

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
  /** Old and new paths of all that differs between two commits; null: too much for GitLab to list. */
  changedPaths(project: number, from: string, to: string): Promise<string[] | null>
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
