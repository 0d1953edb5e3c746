import { Branches, Commits, Jobs, MergeRequestNotes, MergeRequests, Pipelines, Projects, Users } from '@gitbeaker/rest'
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
    jobs: new Jobs(options),
    mergeRequestNotes: new MergeRequestNotes(options),
    mergeRequests: new MergeRequests(options),
    pipelines: new Pipelines(options),
    projects: new Projects(options),
    users: new Users(options),
  }
}

export type Resources = ReturnType<typeof createResources>
