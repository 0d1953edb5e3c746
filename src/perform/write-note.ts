import type { Action, NoteSection } from '../action.ts'
import { isMissing } from '../gitlab/errors.ts'
import type { Note } from '../gitlab/types.ts'
import { parseNote } from '../note/compose.ts'
import { type NotePlan, planNote } from '../note/plan.ts'
import type { RedisClient } from '../redis/connect.ts'
import { key } from '../redis/keys.ts'
import { withLock } from '../redis/lock.ts'
import { awaitReplica } from '../replica.ts'
import { createNewest } from './newest.ts'
import type { Circumstances, PerformDeps, Performed } from './types.ts'

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
  return withLock(deps.redis, lock, { ttl: 10_000, wait: 20_000 }, () => writeLocked(action, deps, circumstances))
}

async function writeLocked(wanted: WriteNote, deps: PerformDeps, circumstances: Circumstances): Promise<Performed> {
  const wasRefused = circumstances.outcomes?.at(-1)?.result === 'refused'
  const action = wasRefused && wanted.ifRefused ? { ...wanted, section: wanted.ifRefused } : wanted
  const newest = createNewest(deps.redis)
  const { project, mergeRequest, section } = action
  const subject = { project, about: `note ${mergeRequest}`, part: section.reaction }
  if (await newest.isOvertaken(subject, circumstances.decidedAt)) {
    return { result: 'already so', detail: 'a newer decision stands' }
  }
  const written = await writeSection(action, deps, circumstances)
  await newest.isCarriedOut(subject, circumstances.decidedAt)
  return written
}

async function writeSection(action: WriteNote, deps: PerformDeps, circumstances: Circumstances): Promise<Performed> {
  const { reader, writer, redis } = deps
  const { project, mergeRequest, section } = action
  // The first note of a merge request without any needs no search, unless this or another try may have made one.
  const surelyNone =
    action.noNotesYet === true && circumstances.firstTry && (await redis.exists(notedKey(project, mergeRequest))) === 0
  const notes: Note[] = surelyNone ? [] : await reader.mergeRequestNotes(project, mergeRequest)
  const botUserId = await deps.botUserId()
  if (action.onlyIfThere && !hasSection(notes, botUserId, section)) {
    return { result: 'already so', detail: 'the note says nothing that would have to be corrected' }
  }
  const plan = planNote({ notes, botUserId, section })
  try {
    const written = await writePlan(plan, action, deps)
    for (const { note, body } of plan.retire) await writer.updateNote(project, mergeRequest, note, body)
    return written
  } catch (error) {
    const isListed = plan.kind === 'update' || plan.retire.length > 0
    // A replica still lists a note for a while that somebody has deleted.
    if (isListed && isMissing(error))
      awaitReplica(circumstances.decidedAt, deps.now(), 'a note of ours has just been deleted')
    throw error
  }
}

const hasSection = (notes: readonly Note[], botUserId: number, { reaction }: NoteSection): boolean =>
  notes
    .filter((note) => note.author.id === botUserId && !note.system)
    .some((note) => parseNote(note.body)?.some((section) => section.reaction === reaction))

async function writePlan(plan: NotePlan, { project, mergeRequest }: WriteNote, deps: PerformDeps): Promise<Performed> {
  if (plan.kind === 'nothing') return { result: 'already so', detail: plan.because }
  await deps.redis.set(notedKey(project, mergeRequest), unknownNote, 'EX', rememberedSeconds, 'NX')
  if (plan.kind === 'update') {
    const note = await deps.writer.updateNote(project, mergeRequest, plan.note, plan.body)
    await rememberNote(deps.redis, project, mergeRequest, note.id)
    return { result: 'done', detail: `note ${note.id} edited: ${plan.because}` }
  }
  const note = await deps.writer.createNote(project, mergeRequest, plan.body)
  await rememberNote(deps.redis, project, mergeRequest, note.id)
  return { result: 'done', detail: `note ${note.id} written: ${plan.because}` }
}

const rememberNote = (redis: RedisClient, project: number, mergeRequest: number, note: number) =>
  redis.set(notedKey(project, mergeRequest), note, 'EX', rememberedSeconds)

/** There may be a note of ours: it was about to be written. */
const unknownNote = 'unknown'

/** The id of the note of ours that was written last. */
const notedKey = (project: number, mergeRequest: number) => key(`p${project}`, 'noted', mergeRequest)

/** Where people read the bot's note on a merge request; null: there is none, or nobody remembers which. */
export async function noteUrl(
  project: number,
  { mergeRequest, url }: { mergeRequest: number; url: string },
  redis: RedisClient,
): Promise<string | null> {
  const note = await redis.get(notedKey(project, mergeRequest))
  return url !== '' && /^\d+$/.test(note ?? '') ? `${url}#note_${note}` : null
}
