/**
 * Makes text from outside harmless in GitLab Flavored Markdown.
 *
 * What all of this rests on: GitLab looks for mentions, references, links and emoji in the rendered text, but never in
 * code. Pieces made here must not touch each other or a backtick: put a space or other text between them.
 */

import { cutText } from '../cut.ts'
import { clean, cleanLine } from './clean.ts'
import { stretches } from './words.ts'

type Room = { maxChars?: number }

/** Prose, such as a title: simple words stay, anything that GitLab could read something into becomes code. */
export const inertText = (text: string, { maxChars = 500 }: Room = {}): string =>
  stretches(cutText(cleanLine(text), maxChars))
    .map(({ kind, text }) => (kind === 'code' ? codeSpan(text) : escapePlain(text)))
    .join(' ')

/** A name, such as that of a job or a test, as a code span that nothing in it can close. */
export const inertCode = (text: string, { maxChars = 250 }: Room = {}): string => {
  const line = cutText(cleanLine(text), maxChars)
  return line === '' ? '\\(empty\\)' : codeSpan(line)
}

/** Prose for a table cell; tables are split at pipes before anything else is read, also in code. */
export const inertCell = (text: string, { maxChars = 250 }: Room = {}): string =>
  stretches(cutText(cleanLine(text), maxChars))
    .map(({ kind, text }) => (kind === 'code' ? codeWithoutPipes(text) : escapePlain(text)))
    .join(' ')

/** A name for a table cell. */
export const inertCodeCell = (text: string, { maxChars = 250 }: Room = {}): string => {
  const line = cutText(cleanLine(text), maxChars)
  return line === '' ? '\\(empty\\)' : codeWithoutPipes(line)
}

/** Prose for inside an HTML tag that stands alone, such as `<summary>`, where GitLab reads no Markdown but finds mentions. */
export const inertHtml = (text: string, { maxChars = 250 }: Room = {}): string =>
  stretches(cutText(cleanLine(text), maxChars))
    .map(({ kind, text }) => (kind === 'code' ? `<code>${escapeHtml(text)}</code>` : escapeHtml(text)))
    .join(' ')

/**
 * A link, or only the text if the URL is not a plain http or https one.
 *
 * A link to an issue or a merge request makes GitLab note there that it was mentioned; one to a job, a pipeline or a file does not.
 */
export const inertLink = (text: string, url: string, room: Room = {}): string => {
  const shown = inertText(text, room) || 'link'
  return linked(shown, url)
}

/** A link whose text is shown as code: a job or a test by its name. */
export const inertCodeLink = (text: string, url: string, room: Room = {}): string => linked(inertCode(text, room), url)

/** A link in a table cell. */
export const inertCellLink = (text: string, url: string, room: Room = {}): string =>
  linked(inertCell(text, room) || 'link', url)

/** Marks a line that GitLab could otherwise act on, for not all of its filters know where a long fence ends. */
const GUTTER = '› '
/** Quick actions, includes, quotes, math, fences, and boundaries of our own note. */
const ACTIVE_LINE = /^\s*(?:\/|::|>>>|\$\$|```|~~~|<!--)/

/** Output of a job or a test, in a fence; empty for empty text. */
export const inertBlock = (
  text: string,
  { maxLines = 40, maxChars = 4000 }: Room & { maxLines?: number } = {},
): string => {
  const all = clean(text).trimEnd().replace(/^\n+/, '').split('\n')
  const kept = cutText(all.slice(0, maxLines).join('\n'), maxChars)
  if (kept === '') return ''
  const lines = kept.split('\n').map((line) => guardLine(line.trimEnd()))
  const hidden = all.length - lines.length
  if (hidden > 0) lines.push(hidden === 1 ? '… and 1 more line' : `… and ${hidden} more lines`)
  const fence = '`'.repeat(Math.max(3, longestRun(kept, /[`~]+/g) + 1))
  return `${fence}text\n${lines.join('\n')}\n${fence}`
}

const guardLine = (line: string): string => (ACTIVE_LINE.test(line) ? markLine(line) : line)

/** The line with a sign before its first word, so that it is the start of nothing. */
export const markLine = (line: string): string => line.replace(/^\s*/, (indent) => `${indent}${GUTTER}`)

const codeSpan = (line: string): string => {
  const fence = '`'.repeat(longestRun(line, /`+/g) + 1)
  const pad = line.startsWith('`') || line.endsWith('`') ? ' ' : ''
  return `${fence}${pad}${line}${pad}${fence}`
}

const codeWithoutPipes = (line: string): string =>
  line
    .split('|')
    .map((part) => (part.trim() === '' ? '' : codeSpan(part.trim())))
    .join('&#124;')

const escapePlain = (text: string): string => text.replace(/[()!]|(?<![^ ])-(?![^ ])/g, '\\$&')

const HTML: Record<string, string> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}
const escapeHtml = (text: string): string => text.replace(/[&<>"']/g, (sign) => HTML[sign] ?? '')

const longestRun = (text: string, runs: RegExp): number =>
  Math.max(0, ...Array.from(text.matchAll(runs), ([run]) => run.length))

const linked = (shown: string, url: string): string => {
  const target = plainUrl(url)
  return target === null ? shown : `[${shown}](${target})`
}

/** A name or an address; names from the URL parser may still hold parentheses, backticks and dollars. */
const HOST = /^(?:[\w.-]+|\[[\da-f:.]+\])$/

const plainUrl = (url: string): string | null => {
  const parsed = URL.canParse(url) ? new URL(url) : null
  if (parsed === null || !['http:', 'https:'].includes(parsed.protocol)) return null
  if (parsed.username !== '' || parsed.password !== '' || parsed.href.length > 2000) return null
  if (!HOST.test(parsed.hostname)) return null
  const { pathname, search, hash } = parsed
  return parsed.origin + `${pathname}${search}${hash}`.replace(/[^\w\-.~:/?#@&+,=%]/g, percentEncode)
}

/** Unlike encodeURIComponent, also for the signs that a URL may hold but Markdown reads something into. */
const percentEncode = (sign: string): string => `%${sign.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`
