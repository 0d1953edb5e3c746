import type { MergeRequest, Note } from '../types.ts'
import type { World } from '../world.ts'
import { hookTime, projectPayloadWithOldNames, projectUrl, repositoryPayload, userPayload } from './common-payload.ts'
import { mergeRequestAttributes } from './merge-request-payload.ts'

const attributes = (world: World, on: MergeRequest, note: Note, action: string) => ({
  attachment: null,
  author_id: note.author.id,
  change_position: null,
  commit_id: null,
  created_at: hookTime(world, note.createdAt),
  discussion_id: note.id.toString(16).padStart(40, '0'),
  id: note.id,
  internal: note.internal,
  line_code: null,
  note: note.body,
  noteable_id: on.id,
  noteable_type: 'MergeRequest',
  original_position: null,
  position: null,
  project_id: on.project.id,
  resolved_at: null,
  resolved_by_id: null,
  resolved_by_push: null,
  st_diff: null,
  system: false,
  type: null,
  updated_at: hookTime(world, note.updatedAt),
  updated_by_id: null,
  description: note.body,
  url: `${projectUrl(world, on.project)}/-/merge_requests/${on.iid}#note_${note.id}`,
  action,
})

/** `user` is who wrote it: a bot recognises its own notes by that. */
export const notePayload = (world: World, on: MergeRequest, note: Note, action: 'create' | 'update') => ({
  object_kind: 'note',
  event_type: note.internal ? 'confidential_note' : 'note',
  user: userPayload(world, note.author),
  project_id: on.project.id,
  project: projectPayloadWithOldNames(world, on.project),
  object_attributes: attributes(world, on, note, action),
  repository: repositoryPayload(world, on.project),
  merge_request: mergeRequestAttributes(world, on),
})
