import {
  Branches,
  Commits,
  Issues,
  Jobs,
  MergeRequestApprovals,
  MergeRequestNoteAwardEmojis,
  MergeRequestNotes,
  MergeRequests,
  Pipelines,
  ProjectMembers,
  Projects,
  Repositories,
  Users,
} from '@gitbeaker/rest'
import type { Caller } from './caller.ts'
import type { Limits } from './limits.ts'
import { createRequester } from './requester.ts'

/** gitbeaker's classes for what we ask of GitLab. They know no host and no token, limit nothing and set no deadline: our requester does. */
export const createResources = (call: Caller, limits: Limits) => {
  const options = {
    host: '',
    requesterFn: createRequester(call, limits),
    rateLimits: {},
    queryTimeout: null,
  }
  return {
    branches: new Branches(options),
    commits: new Commits(options),
    issues: new Issues(options),
    jobs: new Jobs(options),
    mergeRequestApprovals: new MergeRequestApprovals(options),
    mergeRequestNoteAwardEmojis: new MergeRequestNoteAwardEmojis(options),
    mergeRequestNotes: new MergeRequestNotes(options),
    mergeRequests: new MergeRequests(options),
    pipelines: new Pipelines(options),
    projectMembers: new ProjectMembers(options),
    projects: new Projects(options),
    repositories: new Repositories(options),
    users: new Users(options),
  }
}

export type Resources = ReturnType<typeof createResources>
