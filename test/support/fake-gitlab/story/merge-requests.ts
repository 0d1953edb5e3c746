import { addCommit, branchSha, type FileChanges } from '../git.ts'
import { hookTime, labelPayload } from '../hooks/common-payload.ts'
import { emitMergeRequest, emitNote } from '../hooks/emit.ts'
import type { MergeRequestChange } from '../hooks/merge-request-payload.ts'
import type { Commit, Label, MergeRequest, Note, Project, User } from '../types.ts'
import { type World, zeroSha } from '../world.ts'
import { somebody } from './people.ts'
import { labelNamed } from './projects.ts'

export type MergeRequestSpec = {
  sourceBranch: string
  /** The first person, when left out. */
  author?: User
  targetBranch?: string
  title?: string
  description?: string
  draft?: boolean
  labels?: string[]
  /** The project that the branch is in, when it is a fork. */
  fork?: Project
  /** What the branch changes; null deletes a file. */
  changes?: FileChanges
  sha?: string
  assignees?: User[]
  reviewers?: User[]
  approvalsRequired?: number
  tooLarge?: string[]
}

/** Makes the source branch with one commit unless it is there already, and opens a merge request for it. */
export const addMergeRequest = (world: World, project: Project, spec: MergeRequestSpec): MergeRequest => {
  const author = spec.author ?? somebody(world)
  const mergeRequest = newMergeRequest(world, project, spec, author)
  const commit = sourceCommit(world, project, spec, author)
  project.mergeRequests.push(mergeRequest)
  logLabels(world, mergeRequest, 'add', mergeRequest.labels, author)
  addVersion(world, mergeRequest, commit)
  const changes = {
    merge_status: { previous: 'preparing', current: 'checking' },
    prepared_at: { previous: null, current: hookTime(world, mergeRequest.createdAt) },
  }
  // Labels set on creation are in `labels`, not among the changes.
  emitMergeRequest(world, mergeRequest, { action: 'open', user: author, changes })
  return mergeRequest
}

const sourceCommit = (world: World, project: Project, spec: MergeRequestSpec, author: User): Commit => {
  const source = spec.fork ?? project
  if (spec.fork !== undefined) for (const [sha, commit] of project.commits) source.commits.set(sha, commit)
  const known = source.commits.get(source.branches.get(spec.sourceBranch)?.sha ?? '')
  if (known !== undefined && spec.changes === undefined) return known
  return addCommit(world, source, {
    branch: spec.sourceBranch,
    changes: spec.changes ?? { 'CHANGELOG.md': `${spec.sourceBranch}\n` },
    message: `${spec.title ?? 'Change something'}\n`,
    user: author,
    ...(spec.sha === undefined ? {} : { sha: spec.sha }),
  })
}

const newMergeRequest = (world: World, project: Project, spec: MergeRequestSpec, author: User): MergeRequest => ({
  id: world.nextId('mergeRequest'),
  // Issues and merge requests are counted apart; starting high keeps an iid from being taken for an id of something else.
  iid: project.mergeRequests.length + 17,
  project,
  sourceProject: spec.fork ?? project,
  sourceBranch: spec.sourceBranch,
  targetBranch: spec.targetBranch ?? project.defaultBranch,
  title: spec.title ?? 'Change something',
  description: spec.description ?? '',
  state: 'opened',
  draft: spec.draft ?? false,
  author,
  labels: (spec.labels ?? []).map((name) => labelNamed(world, project, name)),
  assignees: spec.assignees ?? [],
  reviewers: spec.reviewers ?? [],
  sha: zeroSha,
  versions: [],
  notes: [],
  emoji: [],
  approvedBy: [],
  approvalsRequired: spec.approvalsRequired ?? 0,
  labelEvents: [],
  tooLarge: spec.tooLarge ?? [],
  bornAt: Date.now(),
  createdAt: world.now(),
  updatedAt: world.now(),
})

/** Every push makes a version; the base is the head of the target branch when the first was made. */
export const addVersion = (world: World, mergeRequest: MergeRequest, commit: Commit): void => {
  const base = mergeRequest.versions[0]?.base ?? branchSha(mergeRequest.project, mergeRequest.targetBranch) ?? zeroSha
  mergeRequest.sha = commit.sha
  // A fork's commits are fetched into the target project.
  mergeRequest.project.commits.set(commit.sha, commit)
  mergeRequest.versions.push({ id: world.nextId('version'), head: commit.sha, base, start: base, at: world.now() })
  mergeRequest.updatedAt = world.now()
}

/** Changes a merge request and sends the event with the changes GitLab lists for it. */
const change = (world: World, mergeRequest: MergeRequest, event: MergeRequestChange): void => {
  const previous = mergeRequest.updatedAt
  mergeRequest.updatedAt = world.now()
  const times = { previous: hookTime(world, previous), current: hookTime(world, mergeRequest.updatedAt) }
  emitMergeRequest(world, mergeRequest, { ...event, changes: { ...event.changes, updated_at: times } })
}

/** Of labels with one scope, `ci::full` and `ci::none`, only the last stays. */
const withoutReplaced = (names: string[]): string[] => {
  const scope = (name: string): string => (name.includes('::') ? name.slice(0, name.lastIndexOf('::')) : name)
  return names.filter((name, index) => !names.slice(index + 1).some((later) => scope(later) === scope(name)))
}

const without = (labels: Label[], others: Label[]): Label[] => labels.filter((label) => !others.includes(label))

const logLabels = (world: World, on: MergeRequest, action: 'add' | 'remove', labels: Label[], user: User): void => {
  for (const label of labels) {
    on.labelEvents.push({ id: world.nextId('labelEvent'), action, label, user, at: world.now() })
  }
}

/** Replaces all labels. Setting the same ones changes and sends nothing. */
export const setLabels = (world: World, mergeRequest: MergeRequest, names: string[], user: User): void => {
  const previous = mergeRequest.labels
  const current = withoutReplaced([...new Set(names)]).map((name) => labelNamed(world, mergeRequest.project, name))
  if (previous.length === current.length && current.every((label) => previous.includes(label))) return
  mergeRequest.labels = current
  logLabels(world, mergeRequest, 'add', without(current, previous), user)
  logLabels(world, mergeRequest, 'remove', without(previous, current), user)
  const shown = (labels: Label[]) => labels.map((label) => labelPayload(world, mergeRequest.project, label))
  const labels = { previous: shown(previous), current: shown(current) }
  change(world, mergeRequest, { action: 'update', user, changes: { labels } })
}

export const retitle = (world: World, mergeRequest: MergeRequest, title: string, user: User): void => {
  const previous = mergeRequest.title
  if (previous === title) return
  mergeRequest.title = title
  mergeRequest.draft = title.startsWith('Draft:')
  change(world, mergeRequest, { action: 'update', user, changes: { title: { previous, current: title } } })
}

const actions = { opened: 'reopen', closed: 'close', merged: 'merge' } as const
const stateIds = { opened: 1, closed: 2, merged: 3 } as const

export const setState = (world: World, mergeRequest: MergeRequest, state: MergeRequest['state'], user: User): void => {
  if (mergeRequest.state === state) return
  const previous = stateIds[mergeRequest.state]
  mergeRequest.state = state
  const changes = { state_id: { previous, current: stateIds[state] } }
  change(world, mergeRequest, { action: actions[state], user, changes })
}

/** One click sends one event: `approved` when it made the merge request fully approved, else `approval`. */
export const approve = (world: World, mergeRequest: MergeRequest, user: User): void => {
  if (mergeRequest.approvedBy.includes(user)) return
  mergeRequest.approvedBy.push(user)
  const complete = mergeRequest.approvedBy.length === Math.max(1, mergeRequest.approvalsRequired)
  emitMergeRequest(world, mergeRequest, { action: complete ? 'approved' : 'approval', user })
}

export const unapprove = (world: World, mergeRequest: MergeRequest, user: User): void => {
  const wasComplete = mergeRequest.approvedBy.length === Math.max(1, mergeRequest.approvalsRequired)
  mergeRequest.approvedBy = mergeRequest.approvedBy.filter((approver) => approver !== user)
  emitMergeRequest(world, mergeRequest, { action: wasComplete ? 'unapproved' : 'unapproval', user })
}

export type NoteOptions = { internal?: boolean; system?: boolean }

export const comment = (
  world: World,
  on: MergeRequest,
  author: User,
  body: string,
  options: NoteOptions = {},
): Note => {
  const note: Note = {
    id: world.nextId('note'),
    body,
    author,
    system: options.system ?? false,
    internal: options.internal ?? false,
    createdAt: world.now(),
    updatedAt: world.now(),
    emoji: [],
  }
  on.notes.push(note)
  emitNote(world, on, note, 'create')
  return note
}

export const editNote = (world: World, on: MergeRequest, note: Note, body: string): void => {
  note.body = body
  note.updatedAt = world.now()
  emitNote(world, on, note, 'update')
}
