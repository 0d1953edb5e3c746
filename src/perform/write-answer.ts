import type { Action } from '../action.ts'
import type { Note } from '../gitlab/types.ts'
import { type Answer, parseAnswers, withAnswer } from '../note/answers.ts'
import { inertLink, inertText } from '../note/inert.ts'
import { bulletList } from '../note/wording.ts'
import { key } from '../redis/keys.ts'
import { withLock } from '../redis/lock.ts'
import type { Outcome } from '../store/decisions.ts'
import type { Circumstances, PerformDeps, Performed } from './types.ts'

type WriteAnswer = Extract<Action, { type: 'write_answer' }>

/** One note for all answers, found again by its marker and its author; one writer at a time. */
export async function writeAnswer(
  { project, mergeRequest, note, markdown }: WriteAnswer,
  deps: PerformDeps,
  { outcomes = [] }: Circumstances,
): Promise<Performed> {
  const answer = { note, markdown: [markdown, whatCame(outcomes)].filter(Boolean).join('\n\n') }
  const lock = key(`p${project}`, 'answer-lock', mergeRequest)
  return withLock(deps.redis, lock, { ttl: 10_000, wait: 20_000 }, () => write(project, mergeRequest, answer, deps))
}

async function write(project: number, mergeRequest: number, answer: Answer, deps: PerformDeps): Promise<Performed> {
  const { reader, writer, botUserId } = deps
  const notes = await reader.mergeRequestNotes(project, mergeRequest)
  const found = ownAnswers(notes, await botUserId())
  const body = withAnswer(found?.answers ?? [], answer)
  if (!found) {
    const { id } = await writer.createNote(project, mergeRequest, body)
    return { result: 'done', detail: `note ${id} written` }
  }
  if (found.note.body.trim() === body.trim()) return { result: 'already so', detail: 'the note says so already' }
  await writer.updateNote(project, mergeRequest, found.note.id, body)
  return { result: 'done', detail: `note ${found.note.id} edited` }
}

function ownAnswers(notes: readonly Note[], botUserId: number): { note: Note; answers: Answer[] } | null {
  for (const note of notes) {
    const answers = note.author.id === botUserId && !note.system ? parseAnswers(note.body) : null
    if (answers) return { note, answers }
  }
  return null
}

const whatCame = (outcomes: readonly (Outcome | null)[]): string =>
  bulletList(outcomes.flatMap((outcome) => (outcome?.detail ? [line(outcome, outcome.detail)] : [])))

function line({ result, url }: Outcome, detail: string): string {
  const text = url ? inertLink(detail, url) : inertText(detail)
  return result === 'refused' ? `GitLab refused: ${text}` : text
}
