import { addCommit, branchSha, type CommitSpec } from '../git.ts'
import { emitMergeRequest, emitPush } from '../hooks/emit.ts'
import type { JobSpec } from '../specs.ts'
import type { Commit, Label, MergeRequest, Project, User } from '../types.ts'
import { newSecret, type World, zeroSha } from '../world.ts'
import { addVersion } from './merge-requests.ts'
import { somebody } from './people.ts'

export type ProjectSpec = {
  path: string
  name?: string
  visibility?: Project['visibility']
  defaultBranch?: string
  environments?: Project['environments']
  files?: Record<string, string>
  /** What the configuration makes of pipelines created over the API; default: one job `build`. */
  jobsFor?: (context: { source: string; ref: string }) => JobSpec[]
}

const nameOf = (path: string): string => {
  const last = path.split('/').at(-1) ?? path
  return last.charAt(0).toUpperCase() + last.slice(1)
}

/** A project with one commit on its protected default branch. */
export const addProject = (world: World, spec: ProjectSpec): Project => {
  const project: Project = {
    id: world.nextId('project'),
    path: spec.path,
    name: spec.name ?? nameOf(spec.path),
    visibility: spec.visibility ?? 'private',
    defaultBranch: spec.defaultBranch ?? 'main',
    environments: spec.environments ?? 'enabled',
    members: new Map(),
    branches: new Map(),
    commits: new Map(),
    labels: [],
    pipelines: [],
    mergeRequests: [],
    issues: [],
    deployments: [],
    hooks: [],
    triggerTokens: [newSecret('glptt-')],
    jobsFor: spec.jobsFor ?? (() => [{ name: 'build', stage: 'build' }]),
  }
  const user = world.users[0] ?? {
    id: 0,
    username: 'git',
    name: 'Git',
    email: 'git@users.example',
    bot: false,
    blocked: false,
  }
  addCommit(world, project, {
    branch: project.defaultBranch,
    changes: spec.files ?? { 'README.md': 'Hello\n' },
    message: 'First\n',
    user,
  })
  project.branches.set(project.defaultBranch, {
    name: project.defaultBranch,
    sha: branchSha(project, project.defaultBranch) ?? zeroSha,
    protected: true,
  })
  world.projects.push(project)
  return project
}

/** Finds a label of the project, or makes it as GitLab does when an unknown one is set. */
export const labelNamed = (world: World, project: Project, name: string): Label => {
  const known = project.labels.find((label) => label.name === name)
  if (known !== undefined) return known
  const label = { id: world.nextId('label'), name, color: '#428bca', description: null, createdAt: world.now() }
  project.labels.push(label)
  return label
}

/** By the first person, when `user` is left out. */
export type PushSpec = Omit<CommitSpec, 'user'> & { user?: User }

/** Commits to a branch; sends a push event and tells open merge requests of that branch about their new head. */
export const push = (world: World, project: Project, spec: PushSpec): Commit => {
  const before = project.branches.get(spec.branch)?.sha ?? zeroSha
  const user = spec.user ?? somebody(world)
  const commit = addCommit(world, project, { ...spec, user })
  emitPush(world, project, { branch: spec.branch, before, after: commit.sha, user })
  for (const mergeRequest of openMergeRequests(world, project, spec.branch)) moveHead(world, mergeRequest, commit, user)
  return commit
}

const openMergeRequests = (world: World, project: Project, branch: string): MergeRequest[] =>
  world.projects
    .flatMap((target) => target.mergeRequests)
    .filter((mergeRequest) => mergeRequest.state === 'opened')
    .filter((mergeRequest) => mergeRequest.sourceProject === project && mergeRequest.sourceBranch === branch)

const moveHead = (world: World, mergeRequest: MergeRequest, commit: Commit, user: User): void => {
  const oldSha = mergeRequest.sha
  addVersion(world, mergeRequest, commit)
  emitMergeRequest(world, mergeRequest, { action: 'update', user, oldSha })
  const wasApproved =
    mergeRequest.approvalsRequired > 0 && mergeRequest.approvedBy.length >= mergeRequest.approvalsRequired
  mergeRequest.approvedBy = []
  if (wasApproved)
    emitMergeRequest(world, mergeRequest, { action: 'unapproved', user, systemAction: 'approvals_reset_on_push' })
}

export const deleteBranch = (world: World, project: Project, branch: string, user: User): void => {
  const before = project.branches.get(branch)?.sha ?? zeroSha
  project.branches.delete(branch)
  emitPush(world, project, { branch, before, after: zeroSha, user })
}
