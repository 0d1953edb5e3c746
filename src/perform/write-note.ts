import type { Action } from '../action.ts'
import type { Note } from '../gitlab/types.ts'
import { type NotePlan, planNote } from '../note/plan.ts'
import type { Circumstances, PerformDeps, Performed } from '../perform.ts'
import { key } from '../redis/keys.ts'
import { withLock } from '../redis/lock.ts'

type WriteNote = Extract<Action, { type: 'write_note' }>

const rememberedSeconds = 90 * 86_400

/** One writer at a time for each merge request: two that list and then create would leave two notes. */
export async function writeNote(
  action: WriteNote,
  deps: PerformDeps,
  circumstances: Circumstances,
): Promise<Performed> {
  const { project, mergeRequest } = action
  const lock = key(`p${project}`, 'note-lock', mergeRequest)
  return withLock(deps.redis, lock, { ttl: 30_000, wait: 20_000 }, () => writeLocked(action, deps, circumstances))
}

async function writeLocked(action: WriteNote, deps: PerformDeps, circumstances: Circumstances): Promise<Performed> {
  const { reader, writer, redis } = deps
  const { project, mergeRequest, section } = action
  // The first note of a merge request without any needs no search, unless this or another try may have made one.
  const surelyNone =
    action.noNotesYet === true && circumstances.firstTry && (await redis.exists(notedKey(project, mergeRequest))) === 0
  const notes: Note[] = surelyNone ? [] : await reader.mergeRequestNotes(project, mergeRequest)
  const plan = planNote({ notes, botUserId: await deps.botUserId(), section })
  const written = await writePlan(plan, action, deps)
  for (const { note, body } of plan.retire) await writer.updateNote(project, mergeRequest, note, body)
  return written
}

async function writePlan(plan: NotePlan, { project, mergeRequest }: WriteNote, deps: PerformDeps): Promise<Performed> {
  if (plan.kind === 'nothing') return { result: 'already so', detail: plan.because }
  await deps.redis.set(notedKey(project, mergeRequest), 1, 'EX', rememberedSeconds)
  if (plan.kind === 'update') {
    const note = await deps.writer.updateNote(project, mergeRequest, plan.note, plan.body)
    return { result: 'done', detail: `note ${note.id} edited: ${plan.because}` }
  }
  const note = await deps.writer.createNote(project, mergeRequest, plan.body)
  return { result: 'done', detail: `note ${note.id} written: ${plan.because}` }
}

/** Remembers that there is, or may be, a note of ours. */
const notedKey = (project: number, mergeRequest: number) => key(`p${project}`, 'noted', mergeRequest)
