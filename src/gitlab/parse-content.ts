import type { Approvals, Commit, FileDiff, Issue, LabelEvent, TreeEntry } from './content-types.ts'
import { fieldsOf, flag, list, needNumber, needText, nested, number, text, time } from './fields.ts'
import { parseLabel } from './parse-merge-request.ts'
import { parseUser } from './parse-user.ts'

export const parseFileDiff = (value: unknown): FileDiff => {
  const fields = fieldsOf(value)
  return {
    oldPath: needText(fields, 'old_path'),
    newPath: needText(fields, 'new_path'),
    created: flag(fields, 'new_file'),
    renamed: flag(fields, 'renamed_file'),
    deleted: flag(fields, 'deleted_file'),
    oldMode: text(fields, 'a_mode') ?? '100644',
    newMode: text(fields, 'b_mode') ?? '100644',
    text: text(fields, 'diff') ?? '',
    leftOut: flag(fields, 'too_large') || flag(fields, 'collapsed'),
  }
}

/** GitLab stops listing without a word, by default at 1000 files or 50,000 lines; so far it is well below that. */
const filesTrusted = 200

/** The paths of a comparison; null: perhaps not all of them. */
export const parseChangedPaths = (value: unknown): string[] | null => {
  const fields = fieldsOf(value)
  const diffs = list(fields, 'diffs', parseFileDiff)
  if (flag(fields, 'compare_timeout') || diffs.length > filesTrusted) return null
  return [...new Set(diffs.flatMap(({ oldPath, newPath }) => [oldPath, newPath]))]
}

export const parseCommit = (value: unknown): Commit => {
  const fields = fieldsOf(value)
  return {
    sha: needText(fields, 'id'),
    parents: list(fields, 'parent_ids', String),
    title: text(fields, 'title') ?? '',
    author: { name: text(fields, 'author_name') ?? '', email: text(fields, 'author_email') ?? '' },
    url: text(fields, 'web_url') ?? '',
  }
}

export const parseLabelEvent = (value: unknown): LabelEvent => {
  const fields = fieldsOf(value)
  return {
    action: text(fields, 'action') ?? '',
    label: nested(fields, 'label', parseLabel),
    user: nested(fields, 'user', parseUser),
    createdAt: time(fields, 'created_at'),
  }
}

const treeTypes: ReadonlySet<string> = new Set<TreeEntry['type']>(['blob', 'tree', 'commit'])
const isTreeType = (type: string): type is TreeEntry['type'] => treeTypes.has(type)

export const parseTreeEntry = (value: unknown): TreeEntry => {
  const fields = fieldsOf(value)
  const type = needText(fields, 'type')
  return { path: needText(fields, 'path'), type: isTreeType(type) ? type : 'blob' }
}

/** Each approval wraps its user. */
const parseApprover = (value: unknown): Approvals['by'] => {
  const user = nested(fieldsOf(value), 'user', parseUser)
  return user === null ? [] : [user]
}

export const parseApprovals = (value: unknown): Approvals => {
  const fields = fieldsOf(value)
  const by = list(fields, 'approved_by', parseApprover).flat()
  return {
    // Old versions of Free say only who.
    approved: typeof fields.approved === 'boolean' ? fields.approved : by.length > 0,
    required: number(fields, 'approvals_required'),
    left: number(fields, 'approvals_left'),
    by,
  }
}

export const parseIssue = (value: unknown): Issue => {
  const fields = fieldsOf(value)
  return {
    iid: needNumber(fields, 'iid'),
    title: text(fields, 'title') ?? '',
    description: text(fields, 'description') ?? '',
    state: needText(fields, 'state'),
    labels: list(fields, 'labels', parseLabel),
    author: nested(fields, 'author', parseUser),
    url: text(fields, 'web_url') ?? '',
    updatedAt: time(fields, 'updated_at'),
  }
}

/** A member's access level; of one who has not accepted yet, or waits for a seat, it is 0. */
export const parseAccessLevel = (value: unknown): number => {
  const fields = fieldsOf(value)
  const level = needNumber(fields, 'access_level')
  const state = text(fields, 'membership_state') ?? 'active'
  return state === 'active' && (text(fields, 'state') ?? 'active') === 'active' ? level : 0
}
