import type { EventKind, GitLabEvent, ProjectRef } from './event.ts'
import { asId, asText, dig, type JsonObject } from './json.ts'
import { parseDeployment, parseJob, parsePipeline } from './parse-event/ci.ts'
import type { Common } from './parse-event/common.ts'
import { parseMergeRequest } from './parse-event/merge-request.ts'
import { parseIssue, parseNote, parsePush } from './parse-event/people.ts'

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
