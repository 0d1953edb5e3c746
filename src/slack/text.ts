/**
 * Makes text from outside harmless in Slack's mrkdwn.
 *
 * Slack has no escape for `*`, `_`, `~` and backticks, so whatever is not a plain word stands in a code span, where
 * nothing is read into it. `&`, `<` and `>` are escaped everywhere: without `<` there is no link and no mention.
 */

import { cutText } from '../cut.ts'
import { cleanLine } from '../note/clean.ts'
import { stretches } from '../note/words.ts'
import { limits } from './message.ts'

/** `maxChars` as a reader counts them; what is sent is at most twice as long. */
type Room = { maxChars?: number }

/** Prose, such as a title: plain words stay, everything else becomes code. */
export const slackText = (text: string, { maxChars = 150 }: Room = {}): string =>
  stretches(cut(text, maxChars))
    .map((stretch) => (stretch.kind === 'code' ? codeSpan(stretch.text) : escaped(stretch.text)))
    .join(' ')

/** A name, such as that of a job or a branch, as a code span that nothing in it can close. */
export function slackCode(text: string, { maxChars = 100 }: Room = {}): string {
  const line = cut(text, maxChars)
  return line === '' ? '(empty)' : codeSpan(line)
}

/** For where nothing is formatted, such as the text of a notification. */
export const slackPlain = (text: string, { maxChars = 150 }: Room = {}): string => escaped(cut(text, maxChars))

/** @param label our own words, never text from outside; it stands alone when the address is no plain http or https one */
export function slackLink(label: string, url: string): string {
  const target = plainUrl(url)
  return target === null ? escaped(label) : `<${target}|${escaped(label)}>`
}

/** A moment in the reader's own time zone. @param at milliseconds since the epoch */
export function slackDate(at: number): string {
  const fallback = `${new Date(at).toISOString().slice(0, 16).replace('T', ' ')} UTC`
  return `<!date^${Math.floor(at / 1000)}^{date_short_pretty} {time}|${fallback}>`
}

/** One line; shorter than it may be if it is full of signs that are escaped. */
function cut(text: string, maxChars: number): string {
  let line = cutText(cleanLine(text), maxChars)
  while (escaped(line).length > 2 * maxChars) line = cutText(line, Math.floor(line.length / 2))
  return line
}

/** As many lines as there is room for, then how many more there are. */
export function slackLines(
  lines: readonly string[],
  { maxLines = 10, maxChars = limits.section }: Room & { maxLines?: number } = {},
): string {
  const kept: string[] = []
  let left = maxChars - roomForMore
  for (const line of lines.slice(0, maxLines)) {
    left -= line.length + 1
    if (left < 0) break
    kept.push(line)
  }
  const hidden = lines.length - kept.length
  return [...kept, ...(hidden > 0 ? [`…and ${hidden} more`] : [])].join('\n')
}

/** Longer ones would leave no room for what they are about. */
const longestUrl = 800

const roomForMore = '\n…and 1000000 more'.length

/** An opening and a closing quote end a span in no reader, a backtick in all. */
const codeSpan = (line: string): string => `\`${escaped(line.replaceAll('`', 'ˋ'))}\``

const escaped = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')

function plainUrl(url: string): string | null {
  const parsed = URL.canParse(url) ? new URL(url) : null
  if (!parsed || !['http:', 'https:'].includes(parsed.protocol)) return null
  const target = escaped(parsed.href.replaceAll('|', '%7C').replaceAll('<', '%3C').replaceAll('>', '%3E'))
  return target.length > longestUrl ? null : target
}
