/** More of GitLab's objects: diffs, trees, approvals, issues. */

import type { User } from './types.ts'

/** One changed file of a merge request; `text` is empty when GitLab leaves it out as too large or collapsed. */
export type FileDiff = {
  oldPath: string
  newPath: string
  created: boolean
  renamed: boolean
  deleted: boolean
  /** Git's modes in octal: 100644, 120000 for a symlink, 160000 for a submodule, 0 where there is no file. */
  oldMode: string
  newMode: string
  /** The hunks, without file headers. */
  text: string
  leftOut: boolean
}

export type TreeEntry = { path: string; type: 'blob' | 'tree' | 'commit' }

export type Commit = {
  sha: string
  /** Of a merge commit: first the branch that was merged into. */
  parents: string[]
  title: string
  author: { name: string; email: string }
  url: string
}

/** Somebody set or removed a label. `label` is null when the label itself is gone. */
export type LabelEvent = { action: string; label: string | null; user: User | null; createdAt: string | null }

export type Approvals = {
  approved: boolean
  /** null where there are no rules (Free). */
  required: number | null
  left: number | null
  by: User[]
}

export type Issue = {
  iid: number
  title: string
  description: string
  state: string
  labels: string[]
  author: User | null
  url: string
  updatedAt: string | null
}

/** Filters of a list of issues; labels must all be there. */
export type IssueFilter = { labels?: string[]; state?: 'opened' | 'closed'; search?: string; author?: number }

export type IssueText = { title?: string; description?: string; addLabels?: string[]; removeLabels?: string[] }
