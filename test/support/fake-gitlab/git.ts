import { createTwoFilesPatch } from 'diff'
import type { Commit, MergeRequest, Project, User } from './types.ts'
import { newSha, type World, zeroSha } from './world.ts'

/** Content by path; null deletes the file. */
export type FileChanges = Record<string, string | null>

/** The head of a branch or tag, also for the refs of merge requests; null when there is no such ref. */
export const branchSha = (project: Project, ref: string): string | null => {
  const iid = Number(/^refs\/merge-requests\/(\d+)\//.exec(ref)?.[1])
  const mergeRequest = project.mergeRequests.find((candidate) => candidate.iid === iid)
  return mergeRequest?.sha ?? project.branches.get(ref)?.sha ?? null
}

/** Finds by branch, full sha or unique start of a sha. */
export const findCommit = (project: Project, ref: string): Commit | null => {
  const sha = ref === 'HEAD' ? branchSha(project, project.defaultBranch) : branchSha(project, ref)
  const exact = project.commits.get(sha ?? ref)
  if (exact !== undefined) return exact
  if (!/^[0-9a-f]{8,40}$/.test(ref)) return null
  return [...project.commits.values()].find((commit) => commit.sha.startsWith(ref)) ?? null
}

export const commitTitle = (commit: Commit): string => commit.message.split('\n')[0] ?? ''

const applyChanges = (files: Record<string, string>, changes: FileChanges): Record<string, string> => {
  const merged = Object.entries({ ...files, ...changes })
  return Object.fromEntries(merged.filter((entry): entry is [string, string] => entry[1] !== null))
}

export type CommitSpec = { branch: string; changes?: FileChanges; message?: string; sha?: string; user: User }

/** Puts a commit on top of a branch, which is created from the default branch when it is new. */
export const addCommit = (world: World, project: Project, spec: CommitSpec): Commit => {
  const parent = branchSha(project, spec.branch) ?? branchSha(project, project.defaultBranch)
  const commit: Commit = {
    sha: spec.sha ?? newSha(),
    message: spec.message ?? 'Change something\n',
    author: { name: spec.user.name, email: spec.user.email },
    at: world.now(),
    parent,
    files: applyChanges(project.commits.get(parent ?? '')?.files ?? {}, spec.changes ?? {}),
  }
  project.commits.set(commit.sha, commit)
  const known = project.branches.get(spec.branch)
  project.branches.set(spec.branch, { name: spec.branch, protected: known?.protected ?? false, sha: commit.sha })
  return commit
}

/** What GitLab tests when the two are merged: a commit with the target's head as first parent, on no branch. */
export const addMergedResult = (world: World, mergeRequest: MergeRequest): Commit => {
  const { project, sourceProject, author } = mergeRequest
  const target = project.commits.get(branchSha(project, mergeRequest.targetBranch) ?? '')
  const head = sourceProject.commits.get(mergeRequest.sha)
  const base = project.commits.get(mergeRequest.versions.at(-1)?.base ?? '')
  const changed = Object.entries(head?.files ?? {}).filter(([path, content]) => base?.files[path] !== content)
  const gone = Object.keys(base?.files ?? {}).filter((path) => head?.files[path] === undefined)
  const merged = { ...target?.files, ...Object.fromEntries(changed) }
  const commit: Commit = {
    sha: newSha(),
    message: `Merge ${mergeRequest.sha} into ${target?.sha}\n`,
    author: { name: author.name, email: author.email },
    at: world.now(),
    parent: target?.sha ?? null,
    merged: mergeRequest.sha,
    files: Object.fromEntries(Object.entries(merged).filter(([path]) => !gone.includes(path))),
  }
  project.commits.set(commit.sha, commit)
  return commit
}

export type FileDiff = { path: string; created: boolean; deleted: boolean; text: string }

const fileDiff = (path: string, before: string | undefined, after: string | undefined): FileDiff => {
  const oldName = before === undefined ? '/dev/null' : `a/${path}`
  const newName = after === undefined ? '/dev/null' : `b/${path}`
  const patch = createTwoFilesPatch(oldName, newName, before ?? '', after ?? '', undefined, undefined, { context: 3 })
  const text = patch.slice(patch.indexOf('@@')).replace(/^=+\n/, '')
  return { path, created: before === undefined, deleted: after === undefined, text }
}

/** Differences between the merge base (the newest version's base) and the head. */
export const mergeRequestDiffs = (mergeRequest: MergeRequest): FileDiff[] => {
  const base = mergeRequest.versions.at(-1)?.base ?? zeroSha
  const before = mergeRequest.project.commits.get(base)?.files ?? {}
  const after = mergeRequest.sourceProject.commits.get(mergeRequest.sha)?.files ?? {}
  return diffsBetween(before, after)
}

/** Differences of a commit to its first parent. */
export const commitDiffs = (project: Project, commit: Commit): FileDiff[] =>
  diffsBetween(project.commits.get(commit.parent ?? '')?.files ?? {}, commit.files)

export const diffsBetween = (before: Record<string, string>, after: Record<string, string>): FileDiff[] => {
  const paths = [...new Set([...Object.keys(before), ...Object.keys(after)])].sort()
  return paths.filter((path) => before[path] !== after[path]).map((path) => fileDiff(path, before[path], after[path]))
}

/** As `git diff` prints it. */
export const rawDiff = (diff: FileDiff): string => {
  const mode = `${diff.created ? 'new file mode 100644\n' : ''}${diff.deleted ? 'deleted file mode 100644\n' : ''}`
  const from = diff.created ? '/dev/null' : `a/${diff.path}`
  const to = diff.deleted ? '/dev/null' : `b/${diff.path}`
  return `diff --git a/${diff.path} b/${diff.path}\n${mode}index 1111111..2222222${mode === '' ? ' 100644' : ''}\n--- ${from}\n+++ ${to}\n${diff.text}`
}
