import type { Commit, Project, User } from '../types.ts'
import { type World, zeroSha } from '../world.ts'
import { commitPayload, fullRepositoryPayload, projectPayloadWithOldNames, userPayload } from './common-payload.ts'

export type Push = {
  branch: string
  /** 40 zeros: the branch is new. */
  before: string
  /** 40 zeros: the branch was deleted. */
  after: string
  user: User
  tag?: boolean
}

const changedPaths = (project: Project, commit: Commit) => {
  const before = project.commits.get(commit.parent ?? '')?.files ?? {}
  const paths = [...new Set([...Object.keys(before), ...Object.keys(commit.files)])]
  return {
    added: paths.filter((path) => !(path in before)),
    modified: paths.filter((path) => path in before && path in commit.files && before[path] !== commit.files[path]),
    removed: paths.filter((path) => !(path in commit.files)),
  }
}

/** A new branch without commits of its own has none here. */
const pushedCommits = (project: Project, push: Push): Commit[] => {
  const commits: Commit[] = []
  let commit = project.commits.get(push.after)
  while (commit !== undefined && commit.sha !== push.before && commits.length < 20) {
    if (push.before === zeroSha && isElsewhere(project, push.branch, commit.sha)) break
    commits.unshift(commit)
    commit = project.commits.get(commit.parent ?? '')
  }
  return commits
}

const isElsewhere = (project: Project, branch: string, sha: string): boolean =>
  [...project.branches.values()].some((other) => other.name !== branch && other.sha === sha)

export const pushPayload = (world: World, project: Project, push: Push) => {
  const kind = push.tag ? 'tag_push' : 'push'
  const commits = pushedCommits(project, push)
  return {
    object_kind: kind,
    event_name: kind,
    before: push.before,
    after: push.after,
    ref: `refs/${push.tag ? 'tags' : 'heads'}/${push.branch}`,
    ref_protected: project.branches.get(push.branch)?.protected ?? false,
    checkout_sha: push.after === zeroSha ? null : push.after,
    message: null,
    user_id: push.user.id,
    user_name: push.user.name,
    user_username: push.user.username,
    user_email: null,
    user_avatar: userPayload(world, push.user).avatar_url,
    project_id: project.id,
    project: projectPayloadWithOldNames(world, project),
    commits: commits.map((commit) => ({ ...commitPayload(world, project, commit), ...changedPaths(project, commit) })),
    total_commits_count: commits.length,
    push_options: {},
    repository: fullRepositoryPayload(world, project),
  }
}
