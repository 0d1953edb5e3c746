import { addressedLines } from '../addressed-lines.ts'
import type { IssueEvent, NoteEvent, PushEvent } from '../event.ts'
import { asId, asObject, asText, dig, type JsonObject } from '../json.ts'
import { type Common, userOf } from './common.ts'

export function parseNote(body: JsonObject, common: Common): NoteEvent | null {
  const attributes = asObject(body.object_attributes) ?? {}
  const note = asId(attributes.id)
  if (!note) return null
  return {
    kind: 'note',
    ...common,
    note,
    mergeRequest: attributes.noteable_type === 'MergeRequest' ? asId(dig(body, 'merge_request', 'iid')) : null,
    sha: asText(dig(body, 'merge_request', 'last_commit', 'id')),
    user: userOf(body),
    action: asText(attributes.action) ?? 'create',
    addressed: addressedLines(asText(attributes.note) ?? ''),
    internal: attributes.internal === true || body.event_type === 'confidential_note',
  }
}

const deletedSha = /^0+$/

export function parsePush(body: JsonObject, common: Common): PushEvent | null {
  const ref = asText(body.ref)
  if (!ref) return null
  const after = asText(body.after)
  return {
    kind: 'push',
    ...common,
    ref,
    sha: after && !deletedSha.test(after) ? after : null,
    user: userOf(body),
  }
}

export function parseIssue(body: JsonObject, common: Common): IssueEvent | null {
  const issue = asId(dig(body, 'object_attributes', 'iid'))
  if (!issue) return null
  const action = asText(dig(body, 'object_attributes', 'action')) ?? 'update'
  return { kind: 'issue', ...common, issue, action, user: userOf(body) }
}
