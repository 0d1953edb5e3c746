import { addressedLines } from './addressed-lines.ts'
import type { CiStatus, EventKind, GitLabEvent, ProjectRef } from './event.ts'
import { asArray, asId, asObject, asText, dig, type JsonObject } from './json.ts'

/** What a delivery was found to be: an event of ours, or a reason why there is nothing to react to. */
export type Parsed = { event: GitLabEvent } | { because: string }

/** `object_kind` of the payload → our kind. Job events call themselves "build", tag pushes and work items have names of their own. */
const kinds: ReadonlyMap<string, EventKind> = new Map([
  ['build', 'job'],
  ['pipeline', 'pipeline'],
  ['merge_request', 'merge_request'],
  ['note', 'note'],
  ['push', 'push'],
  ['tag_push', 'push'],
  ['deployment', 'deployment'],
  ['issue', 'issue'],
  ['work_item', 'issue'],
])

/** @returns null for kinds that no reaction can ever want. */
export const kindOf = (objectKind: string | null): EventKind | null => kinds.get(objectKind ?? '') ?? null

/**
 * A delivery in our own words. Tolerant: only the ids that say what the event is about are required.
 *
 * @param at when it was received, in milliseconds since the epoch
 */
export function parseEvent(body: JsonObject, at: number): Parsed {
  const objectKind = asText(body.object_kind)
  const kind = kindOf(objectKind)
  if (!kind)
    return {
      because: `nothing reacts to ${objectKind ? `"${objectKind}"` : 'this kind of'} events`,
    }
  const project = projectOf(body)
  if (!project) return { because: 'the delivery names no project' }
  const event = parsers[kind](body, { at, project })
  return event ? { event } : { because: `the ${kind} event lacks the id of what it is about` }
}

type Common = { at: number; project: ProjectRef }

const parsers: Readonly<Record<EventKind, (body: JsonObject, common: Common) => GitLabEvent | null>> = {
  job: parseJob,
  pipeline: parsePipeline,
  merge_request: parseMergeRequest,
  note: parseNote,
  push: parsePush,
  deployment: parseDeployment,
  issue: parseIssue,
}

function projectOf(body: JsonObject): ProjectRef | null {
  const id = asId(dig(body, 'project', 'id')) ?? asId(body.project_id)
  if (!id) return null
  return {
    id,
    path: asText(dig(body, 'project', 'path_with_namespace')) ?? '',
    defaultBranch: asText(dig(body, 'project', 'default_branch')),
  }
}

/** `2026-09-14 08:00:00 UTC`, or ISO 8601 in test deliveries. */
const timeOf = (value: unknown): number | null => Date.parse(asText(value) ?? '') || null

const statusOf = (value: unknown): CiStatus => (asText(value) ?? 'created') as CiStatus

/** Job events carry no merge request: its iid is in the pipeline's own ref, `refs/merge-requests/17/head`, `/merge` or `/train`. */
export const mergeRequestOfRef = (ref: string): number | null =>
  asId(/^refs\/merge-requests\/(\d+)\//.exec(ref)?.[1] ?? null)

function parseJob(body: JsonObject, common: Common): GitLabEvent | null {
  const job = asId(body.build_id)
  // `commit.id` of a job event is the pipeline's id too, but `pipeline_id` says so.
  const pipeline = asId(body.pipeline_id) ?? asId(dig(body, 'commit', 'id'))
  if (!job || !pipeline) return null
  const status = statusOf(body.build_status)
  const ref = asText(body.ref) ?? ''
  return {
    kind: 'job',
    ...common,
    job,
    name: asText(body.build_name) ?? '',
    stage: asText(body.build_stage) ?? '',
    status,
    allowFailure: body.build_allow_failure === true,
    failureReason: status === 'failed' ? asText(body.build_failure_reason) : null,
    retries: asId(body.retries_count) ?? 0,
    pipeline,
    ref,
    tag: body.tag === true,
    mergeRequest: mergeRequestOfRef(ref),
    sha: asText(body.sha) ?? '',
    upstream: upstreamOf(body),
  }
}

function upstreamOf(body: JsonObject): { project: number; pipeline: number } | null {
  const pipeline = asId(dig(body, 'source_pipeline', 'pipeline_id'))
  const project = asId(dig(body, 'source_pipeline', 'project', 'id'))
  return pipeline && project ? { project, pipeline } : null
}

function parsePipeline(body: JsonObject, common: Common): GitLabEvent | null {
  const attributes = asObject(body.object_attributes) ?? {}
  const pipeline = asId(attributes.id)
  if (!pipeline) return null
  const jobs = asArray(body.builds).flatMap((build) => asId(dig(build, 'id')) ?? [])
  return {
    kind: 'pipeline',
    ...common,
    pipeline,
    status: statusOf(attributes.status),
    finishedAt: timeOf(attributes.finished_at),
    source: asText(attributes.source) ?? 'unknown',
    ref: asText(attributes.ref) ?? '',
    tag: attributes.tag === true,
    sha: asText(attributes.sha) ?? '',
    mergeRequest: asId(dig(body, 'merge_request', 'iid')),
    targetProject: asId(dig(body, 'merge_request', 'target_project_id')),
    newestJob: jobs.length > 0 ? jobs.reduce((one, other) => Math.max(one, other)) : null,
    upstream: upstreamOf(body),
  }
}

function parseMergeRequest(body: JsonObject, common: Common): GitLabEvent | null {
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

function userOf(body: JsonObject): { id: number; username: string } | null {
  const id = asId(dig(body, 'user', 'id')) ?? asId(body.user_id)
  if (!id) return null
  return {
    id,
    username: asText(dig(body, 'user', 'username')) ?? asText(body.user_username) ?? '',
  }
}

function parseNote(body: JsonObject, common: Common): GitLabEvent | null {
  const attributes = asObject(body.object_attributes) ?? {}
  const note = asId(attributes.id)
  if (!note) return null
  return {
    kind: 'note',
    ...common,
    note,
    mergeRequest: attributes.noteable_type === 'MergeRequest' ? asId(dig(body, 'merge_request', 'iid')) : null,
    user: userOf(body),
    action: asText(attributes.action) ?? 'create',
    addressed: addressedLines(asText(attributes.note) ?? ''),
    internal: attributes.internal === true || body.event_type === 'confidential_note',
  }
}

const deletedSha = /^0+$/

function parsePush(body: JsonObject, common: Common): GitLabEvent | null {
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

function parseDeployment(body: JsonObject, common: Common): GitLabEvent | null {
  const deployment = asId(body.deployment_id)
  if (!deployment) return null
  return {
    kind: 'deployment',
    ...common,
    deployment,
    status: asText(body.status) ?? 'created',
    environment: asText(body.environment) ?? '',
    job: asId(body.deployable_id),
  }
}

function parseIssue(body: JsonObject, common: Common): GitLabEvent | null {
  const issue = asId(dig(body, 'object_attributes', 'iid'))
  if (!issue) return null
  const action = asText(dig(body, 'object_attributes', 'action')) ?? 'update'
  return { kind: 'issue', ...common, issue, action, user: userOf(body) }
}
