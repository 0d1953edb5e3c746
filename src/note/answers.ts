/** The bot's second kind of note: answers to commands. */

import { isBoundary } from './boundary.ts'
import { cutMarkdown } from './cut-markdown.ts'
import { details } from './details.ts'
import { markLine } from './inert.ts'

/** What the bot says to the command in a note. */
export type Answer = { note: number; markdown: string }

const MARKER = '<!-- pipewarden:answers v1 -->'
const START = /^<!-- pipewarden:answer (\d{1,15}) -->$/
const END = '<!-- pipewarden:answer end -->'

const kept = 5
const maxChars = 50_000

/** null: it is no note of answers. */
export const parseAnswers = (body: string): Answer[] | null => {
  const lines = body.split(/\r\n?|\n/).map((line) => line.trimEnd())
  if (!lines.includes(MARKER)) return null
  const answers: Answer[] = []
  let open: Answer | null = null
  for (const line of lines) {
    const [, note] = START.exec(line) ?? []
    if (note !== undefined) {
      open = { note: Number(note), markdown: '' }
      answers.push(open)
      continue
    }
    if (line === END) open = null
    if (open) open.markdown += `${line}\n`
  }
  return answers.map((answer) => ({ ...answer, markdown: answer.markdown.trim() }))
}

/** The note with this answer too: the newest one in full, the few before it folded, older ones gone. */
export const withAnswer = (answers: readonly Answer[], answer: Answer): string => {
  const others = answers.filter(({ note }) => note !== answer.note)
  const all = [...others, answer].toSorted((one, other) => other.note - one.note).slice(0, kept)
  const [newest, ...earlier] = all.map(framed)
  return [MARKER, newest, ...(earlier.length > 0 ? [details('Earlier answers', earlier.join('\n\n'))] : [])].join(
    '\n\n',
  )
}

const framed = ({ note, markdown }: Answer): string => {
  const guarded = markdown.trim().split('\n').map(guardLine).join('\n')
  return [`<!-- pipewarden:answer ${note} -->`, cutMarkdown(guarded, maxChars).trim(), END].join('\n\n')
}

/** As in the other note: no line starts a quick action or stands for one of ours. */
const guardLine = (line: string): string => (/^\s*\//.test(line) || isBoundary(line) ? markLine(line) : line)
