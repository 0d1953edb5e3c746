/** The bot's one note on a merge request as text: made of sections, and read back into them. */

import type { NoteSection } from '../action.ts'
import { closes, endLine, isBoundary, NOTE_MARKER, opens, startLine } from './boundary.ts'
import { cutMarkdown } from './cut-markdown.ts'
import { markLine } from './inert.ts'

export type Verdict = NoteSection['verdict']

/** GitLab's limit is 1,000,000 characters (Note::MAX_NOTE_LENGTH); characters here are never fewer than its. */
const MAX_CHARS = 1_000_000
/** In the order of the note; a reaction that is not named comes after these. */
const ORDER = ['fail-fast', 'flaky-tests', 'undercoverage', 'label-actions']
/** For the marker, the headline and the boundaries. */
const FRAME = 20_000

/** The whole note; sections without text are left out, and each is cut to an equal share if it is too long. */
export const composeNote = (sections: readonly NoteSection[], { maxChars = MAX_CHARS } = {}): string => {
  const shown = sections.filter(({ markdown }) => markdown.trim() !== '').toSorted(inOrder)
  // Not a share of what the others leave: the text must not depend on which section was written last.
  const share = Math.floor((maxChars - Math.min(FRAME, maxChars / 5)) / Math.max(ORDER.length, shown.length))
  return [NOTE_MARKER, headline(shown), ...shown.map((section) => sectionText(section, share))].join('\n\n')
}

/** The sections of a note of ours, also after people edited it; null if it is none. What stands outside of sections is lost. */
export const parseNote = (body: string): NoteSection[] | null => {
  const lines = body.split(LINE_END)
  if (!lines.some((line) => line.trim() === NOTE_MARKER)) return null
  const sections = new Map<string, NoteSection>()
  let open: NoteSection | null = null
  for (const line of lines) open = readLine(line, open, sections)
  return [...sections.values()].map((section) => ({ ...section, markdown: section.markdown.trim() }))
}

/** The note with this section instead of the one of the same reaction; a section without text is taken out. */
export const replaceSection = (body: string | null, section: NoteSection): { body: string; verdict: Verdict } => {
  const sections = withSection((body === null ? null : parseNote(body)) ?? [], section)
  return { body: composeNote(sections), verdict: overallVerdict(sections) }
}

export const withSection = (sections: readonly NoteSection[], section: NoteSection): NoteSection[] => {
  const others = sections.filter(({ reaction }) => reaction !== section.reaction)
  return section.markdown.trim() === '' ? others : [...others, section]
}

/** Nothing to report is good: what comes after it is news. */
export const overallVerdict = (sections: readonly NoteSection[]): Verdict => {
  if (sections.length === 0) return 'good'
  return (
    (['bad', 'good'] as const).find((verdict) => sections.some((section) => section.verdict === verdict)) ?? 'neutral'
  )
}

const LINE_END = /\r\n?|\n/

/** @returns the section that is open after the line; an end that somebody deleted is made up for by the next start. */
const readLine = (line: string, open: NoteSection | null, sections: Map<string, NoteSection>): NoteSection | null => {
  const opened = opens(line)
  if (opened !== null) sections.set(opened.reaction, opened)
  if (opened !== null) return opened
  if (closes(line)) return null
  if (open !== null) open.markdown += `${line}\n`
  return open
}

const headline = (sections: readonly NoteSection[]): string => {
  if (sections.length === 0) return '**✅ pipewarden: nothing to report**'
  const verdict = overallVerdict(sections)
  switch (verdict) {
    case 'bad':
      return `**❌ pipewarden: action is needed** (${badReactions(sections).join(', ')})`
    case 'good':
      return '**✅ pipewarden: no problems found**'
    case 'neutral':
      return '**🔎 pipewarden: for your information**'
    default:
      return verdict satisfies never
  }
}

const badReactions = (sections: readonly NoteSection[]): string[] =>
  sections.filter(({ verdict }) => verdict === 'bad').map(({ reaction }) => reaction)

const sectionText = (section: NoteSection, maxChars: number): string => {
  const guarded = section.markdown.trim().split(LINE_END).map(guardLine).join('\n')
  return [startLine(section), cutMarkdown(guarded, maxChars).trim(), endLine(section)].join('\n\n')
}

/** The last line of defence behind the reports: no line of a note starts a quick action, or a section of its own. */
const guardLine = (line: string): string => (/^\s*\//.test(line) || isBoundary(line) ? markLine(line) : line)

const inOrder = (one: NoteSection, other: NoteSection): number =>
  place(one) - place(other) || (one.reaction < other.reaction ? -1 : 1)

const place = ({ reaction }: NoteSection): number => {
  const index = ORDER.indexOf(reaction)
  return index === -1 ? ORDER.length : index
}
