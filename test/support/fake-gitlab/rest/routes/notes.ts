import { z } from 'zod'
import { comment, editNote } from '../../story/merge-requests.ts'
import type { Emoji, Note } from '../../types.ts'
import { hasRole } from '../auth.ts'
import { apiTime, userEntity } from '../entities/common.ts'
import { noteEntity } from '../entities/merge-request.ts'
import { forbidden, notFound } from '../errors.ts'
import { findMergeRequest } from '../find.ts'
import { paged, pageParams } from '../pages.ts'
import { flag, sort, text } from '../params.ts'
import { isOnlyCommands, quickActionsIn } from '../quick-actions.ts'
import { accepted, created, noContent, ok, type ProjectCall, projectRoute, type Route } from '../route.ts'

const path = '/merge_requests/:merge_request_iid/notes'
const body = text.min(1).max(1_000_000)

const findNote = (call: ProjectCall<unknown>): Note => {
  const note = findMergeRequest(call).notes.find((candidate) => candidate.id === call.number('note_id'))
  if (note === undefined) throw notFound('Note')
  return note
}

/** GitLab would run these lines as the author: nothing that others wrote may get here. */
const recordQuickActions = (call: ProjectCall<unknown>, note: string): void => {
  for (const line of quickActionsIn(note)) {
    call.world.quickActions.push({ user: call.user.username, line, path: call.url.pathname })
  }
}

const requireAuthor = (call: ProjectCall<unknown>, note: Note): void => {
  if (note.author !== call.user && !hasRole(call.project, call.user, 'maintainer')) throw forbidden()
}

const noteRoutesOnly: Route[] = [
  projectRoute(
    'GET',
    path,
    { role: 'guest' },
    { order_by: z.enum(['created_at', 'updated_at']).optional(), sort, ...pageParams },
    (call) => {
      const on = findMergeRequest(call)
      const key = call.params.order_by === 'updated_at' ? 'updatedAt' : 'createdAt'
      const found = on.notes.filter((note) => !note.internal || hasRole(call.project, call.user, 'reporter'))
      found.sort((one, other) => one[key] - other[key] || one.id - other.id)
      if (call.params.sort !== 'asc') found.reverse()
      return paged(call, found, (note) => noteEntity(call.world, on, note))
    },
  ),
  projectRoute('GET', `${path}/:note_id`, { role: 'guest' }, {}, (call) =>
    ok(noteEntity(call.world, findMergeRequest(call), findNote(call))),
  ),
  projectRoute(
    'POST',
    path,
    { role: 'guest' },
    { body, internal: flag.optional(), created_at: text.optional() },
    (call) => {
      const { world, user, params } = call
      const on = findMergeRequest(call)
      recordQuickActions(call, params.body)
      if (isOnlyCommands(params.body)) return accepted({ commands_changes: {}, summary: ['Applied.'] })
      return created(
        noteEntity(world, on, comment(world, on, user, params.body, { internal: params.internal ?? false })),
      )
    },
  ),
  projectRoute('PUT', `${path}/:note_id`, { role: 'guest' }, { body }, (call) => {
    const note = findNote(call)
    const on = findMergeRequest(call)
    requireAuthor(call, note)
    recordQuickActions(call, call.params.body)
    editNote(call.world, on, note, call.params.body)
    return ok(noteEntity(call.world, on, note))
  }),
  projectRoute('DELETE', `${path}/:note_id`, { role: 'guest' }, {}, (call) => {
    const note = findNote(call)
    const on = findMergeRequest(call)
    requireAuthor(call, note)
    on.notes = on.notes.filter((other) => other !== note)
    return noContent()
  }),
]

/** The same calls exist for a merge request and for each of its notes. */
const emojiRoutes = (base: string, emojiOf: (call: ProjectCall<unknown>) => Emoji[]): Route[] => {
  const show = (call: ProjectCall<unknown>) => (emoji: Emoji) => ({
    id: emoji.id,
    name: emoji.name,
    user: userEntity(call.world, emoji.user),
    created_at: apiTime(emoji.at),
  })
  return [
    projectRoute('GET', `${base}/award_emoji`, { role: 'guest' }, pageParams, (call) =>
      paged(call, emojiOf(call), show(call)),
    ),
    projectRoute('POST', `${base}/award_emoji`, { role: 'guest' }, { name: text }, (call) => {
      const { world, user, params } = call
      const list = emojiOf(call)
      // A second award of one name by one user is "not found".
      if (list.some((emoji) => emoji.name === params.name && emoji.user === user)) {
        throw notFound('Award Emoji Name has already been taken')
      }
      const emoji = { id: world.nextId('emoji'), name: params.name, user, at: world.now() }
      list.push(emoji)
      return created(show(call)(emoji))
    }),
    projectRoute('DELETE', `${base}/award_emoji/:award_id`, { role: 'guest' }, {}, (call) => {
      const list = emojiOf(call)
      const index = list.findIndex((emoji) => emoji.id === call.number('award_id') && emoji.user === call.user)
      if (index < 0) throw notFound()
      list.splice(index, 1)
      return noContent()
    }),
  ]
}

export const noteRoutes: Route[] = [
  ...noteRoutesOnly,
  ...emojiRoutes('/merge_requests/:merge_request_iid', (call) => findMergeRequest(call).emoji),
  ...emojiRoutes(`${path}/:note_id`, (call) => findNote(call).emoji),
]
