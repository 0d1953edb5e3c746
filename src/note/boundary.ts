/** The invisible lines by which the bot finds its note and the sections in it. */

import type { NoteSection } from '../action.ts'

/** First line of every note of ours. */
export const NOTE_MARKER = '<!-- pipewarden:note v1 -->'
/** First line of a note that was replaced; no marker of a note, so that it is never written to again. */
export const MOVED_MARKER = '<!-- pipewarden:moved v1 -->'

export const startLine = ({ reaction, verdict }: NoteSection): string =>
  `<!-- pipewarden:section ${reaction} ${verdict} -->`

export const endLine = ({ reaction }: NoteSection): string => `<!-- pipewarden:end ${reaction} -->`

const START = /^<!-- pipewarden:section ([a-z0-9-]+) (good|bad|neutral) -->$/
const END = /^<!-- pipewarden:end [a-z0-9-]+ -->$/

/** The section that a line opens, still without text; null for any other line. */
export const opens = (line: string): NoteSection | null => {
  const [, reaction, verdict] = START.exec(line.trim()) ?? []
  if (reaction === undefined) return null
  if (verdict !== 'good' && verdict !== 'bad' && verdict !== 'neutral') return null
  return { reaction, verdict, markdown: '' }
}

export const closes = (line: string): boolean => END.test(line.trim())

/** Whether a line could be taken for one of those in this file. */
export const isBoundary = (line: string): boolean =>
  /^\s*<!-- pipewarden:(?:note|moved|section|end|answers?)\b/.test(line)
