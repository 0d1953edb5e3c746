import { cancelPipeline } from '../ci/cancel.ts'
import { addPipeline } from '../ci/pipelines.ts'
import { retryJob } from '../ci/retry.ts'
import { latestJobs } from '../ci/statuses.ts'
import { addMergedResult } from '../git.ts'
import type { Hook } from '../hooks/types.ts'
import type { PipelineSpec } from '../specs.ts'
import type {
  CiStatus,
  Commit,
  Issue,
  Job,
  MergeRequest,
  Note,
  Pipeline,
  Project,
  Role,
  Scope,
  User,
} from '../types.ts'
import type { World } from '../world.ts'
import { addIssue, type IssueSpec } from './issues.ts'
import { finishJob, type JobDetails, setJob } from './jobs.ts'
import * as mergeRequests from './merge-requests.ts'
import * as people from './people.ts'
import * as projects from './projects.ts'

/** The latest attempt of a job, trigger job or external status. */
const jobNamed = (pipeline: Pipeline, name: string): Job => {
  const job = latestJobs(pipeline).find((candidate) => candidate.name === name)
  if (job === undefined) throw new Error(`pipeline ${pipeline.id} has no job ${name}`)
  return job
}

/** What happens on the instance, by people, runners and GitLab itself; each step sends its events. */
export const createStory = (world: World) => ({
  addUser: (spec: people.UserSpec): User => people.addUser(world, spec),
  addToken: (user: User, scopes?: Scope[]): string => people.addToken(world, user, scopes),
  revokeToken: (token: string): void => people.revokeToken(world, token),
  addBot: (project: Project, role?: Role) => people.addBot(world, project, role),
  addProject: (spec: projects.ProjectSpec): Project => projects.addProject(world, spec),
  addMember: (project: Project, user: User, role: Role): void => void project.members.set(user.id, role),
  addHook: (project: Project, spec: people.HookSpec): Hook => {
    const hook = people.newHook(world, spec)
    project.hooks.push(hook)
    return hook
  },
  /** The commit that a pipeline of the merged result runs on; whoever gives `files` says what the merge of one file is. */
  mergedResult: (on: MergeRequest, files: Record<string, string> = {}): Commit => {
    const commit = addMergedResult(world, on)
    Object.assign(commit.files, files)
    return commit
  },
  push: (project: Project, spec: projects.PushSpec) => projects.push(world, project, spec),
  deleteBranch: (project: Project, branch: string, user: User): void =>
    projects.deleteBranch(world, project, branch, user),
  addMergeRequest: (project: Project, spec: mergeRequests.MergeRequestSpec): MergeRequest =>
    mergeRequests.addMergeRequest(world, project, spec),
  setLabels: (on: MergeRequest, labels: string[], by: User): void => mergeRequests.setLabels(world, on, labels, by),
  retitle: (on: MergeRequest, title: string, by: User): void => mergeRequests.retitle(world, on, title, by),
  setState: (on: MergeRequest, state: MergeRequest['state'], by: User): void =>
    mergeRequests.setState(world, on, state, by),
  approve: (on: MergeRequest, by: User): void => mergeRequests.approve(world, on, by),
  unapprove: (on: MergeRequest, by: User): void => mergeRequests.unapprove(world, on, by),
  comment: (on: MergeRequest, by: User, body: string, options?: mergeRequests.NoteOptions): Note =>
    mergeRequests.comment(world, on, by, body, options),
  addIssue: (project: Project, spec: IssueSpec): Issue => addIssue(world, project, spec),
  addPipeline: (project: Project, spec?: PipelineSpec): Pipeline => addPipeline(world, project, spec),
  job: jobNamed,
  setJob: (job: Job, status: CiStatus, details?: JobDetails): void => setJob(world, job, status, details),
  finishJob: (job: Job, status?: 'success' | 'failed', details?: JobDetails): void =>
    finishJob(world, job, status, details),
  retryJob: (job: Job, by: User): Job => retryJob(world, job, by),
  cancelPipeline: (pipeline: Pipeline): void => cancelPipeline(world, pipeline),
})
