/** What has to be written so that the merge request has one note of ours that says what a reaction has to say. */

import type { NoteSection } from '../action.ts'
import type { Note } from '../gitlab/types.ts'
import { MOVED_MARKER } from './boundary.ts'
import { composeNote, overallVerdict, parseNote, withSection } from './compose.ts'

/** A note of ours that is to become a pointer, after the rest of the plan is carried out. */
type Retirement = { note: number; body: string }

export type NotePlan = { because: string; retire: Retirement[] } & (
  | { kind: 'nothing' }
  | { kind: 'update'; note: number; body: string }
  | { kind: 'create'; body: string }
)

const MOVED = `${MOVED_MARKER}\n\n*This report goes on in a newer note of this merge request.*`

/**
 * Edits the bot's newest note; a new one only when the verdict turns bad after having been good, for GitLab tells nobody of an edit.
 *
 * Carried out in part and planned again, it comes to the same end: what a note to be retired says is carried over first.
 */
export const planNote = (input: { notes: readonly Note[]; botUserId: number; section: NoteSection }): NotePlan => {
  const [newest, ...older] = ownNotes(input)
  if (newest === undefined) return firstNote(input.section)
  const before = [...older.toReversed(), newest].reduce(carryOver, [])
  const after = withSection(before, input.section)
  const body = composeNote(after)
  const turnedBad = overallVerdict(before) === 'good' && overallVerdict(after) === 'bad'
  if (turnedBad) {
    return { kind: 'create', body, because: 'the verdict turned bad', retire: [newest, ...older].map(retirement) }
  }
  const retire = older.map(retirement)
  if (sameText(newest.note.body, body)) return { kind: 'nothing', because: 'the note says so already', retire }
  return { kind: 'update', note: newest.note.id, body, because: 'the note is out of date', retire }
}

type OwnNote = { note: Note; sections: NoteSection[] }

const firstNote = (section: NoteSection): NotePlan => {
  const after = withSection([], section)
  if (after.length === 0) return { kind: 'nothing', because: 'there is no note and nothing to say', retire: [] }
  return { kind: 'create', body: composeNote(after), because: 'there is no note yet', retire: [] }
}

/** Newest first; more than one if two workers wrote their first at once. */
const ownNotes = ({ notes, botUserId }: { notes: readonly Note[]; botUserId: number }): OwnNote[] =>
  notes
    .filter((note) => note.author.id === botUserId && !note.system)
    .flatMap((note) => withSections(note))
    .toSorted((one, other) => other.note.id - one.note.id)

const withSections = (note: Note): OwnNote[] => {
  const sections = parseNote(note.body)
  return sections === null ? [] : [{ note, sections }]
}

const carryOver = (sections: NoteSection[], newer: OwnNote): NoteSection[] =>
  newer.sections.reduce(withSection, sections)

const retirement = ({ note }: OwnNote): Retirement => ({ note: note.id, body: MOVED })

/** GitLab may give line ends and outer space back differently from how they were sent. */
const sameText = (one: string, other: string): boolean => normal(one) === normal(other)
const normal = (text: string): string => text.replaceAll('\r\n', '\n').trim()
