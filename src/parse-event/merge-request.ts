import type { MergeRequestEvent } from '../event.ts'
import { asArray, asId, asObject, asText, dig, type JsonObject } from '../json.ts'
import { type Common, timeOf, userOf } from './common.ts'

export function parseMergeRequest(body: JsonObject, common: Common): MergeRequestEvent | null {
  const attributes = asObject(body.object_attributes) ?? {}
  const mergeRequest = asId(attributes.iid)
  if (!mergeRequest) return null
  return {
    kind: 'merge_request',
    ...common,
    mergeRequest,
    action: asText(attributes.action) ?? 'update',
    state: asText(attributes.state) ?? 'opened',
    sha: asText(dig(attributes, 'last_commit', 'id')),
    oldSha: asText(attributes.oldrev),
    user: userOf(body),
    system: attributes.system === true,
    labels: labelTitles(body.labels ?? attributes.labels),
    labelChange: labelChangeOf(body),
    changed: Object.keys(asObject(body.changes) ?? {}),
    updatedAt: timeOf(attributes.updated_at),
    sourceProject: asId(attributes.source_project_id),
  }
}

function labelChangeOf(body: JsonObject) {
  const change = asObject(dig(body, 'changes', 'labels'))
  if (!change) return null
  return {
    previous: labelTitles(change.previous),
    current: labelTitles(change.current),
  }
}

const labelTitles = (value: unknown): string[] =>
  asArray(value).flatMap((label) => asText(dig(label, 'title')) ?? asText(label) ?? [])
