import type { Family } from './language.ts'

/** Where a stretch of text that is no code starts, how it ends, and what stands for it. */
type Stretch = { end: string; multiline: boolean; escapes: boolean; filler: string }

const lineComment: Stretch = { end: '\n', multiline: false, escapes: false, filler: ' ' }
const blockComment: Stretch = { end: '*/', multiline: true, escapes: false, filler: ' ' }
const text = (end: string, multiline: boolean, escapes = true): Stretch => ({ end, multiline, escapes, filler: '_' })

/**
 * The text with comments blanked and the contents of strings replaced by `_`, of the same length and with the same lines.
 * For languages with C's comments; a string that is not closed on its line ends there.
 */
export function maskCode(source: string, family: Family): string {
  const parts: string[] = []
  let from = 0
  let at = 0
  while (at < source.length) {
    const stretch = stretchAt(source, at, family)
    if (!stretch) {
      at += 1
      continue
    }
    const stop = endOf(source, at + stretch.skip, stretch)
    parts.push(source.slice(from, at), source.slice(at, stop).replace(/[^\n]/g, stretch.filler))
    from = stop
    at = stop
  }
  return parts.join('') + source.slice(from)
}

function stretchAt(source: string, at: number, family: Family): (Stretch & { skip: number }) | null {
  const character = source[at]
  if (character === '/') return slashAt(source, at, family)
  if (character === '#' && family === 'php') return { ...lineComment, skip: 1 }
  if (character === '"') {
    if (source.startsWith('"""', at) && ['java', 'keyword'].includes(family)) return { ...text('"""', true), skip: 3 }
    return { ...text('"', family === 'rust' || family === 'php'), skip: 1 }
  }
  if (character === '`' && (family === 'script' || family === 'go'))
    return { ...text('`', true, family !== 'go'), skip: 1 }
  if (character === "'" && isQuote(source, at, family)) return { ...text("'", family === 'php'), skip: 1 }
  return null
}

function slashAt(source: string, at: number, family: Family): (Stretch & { skip: number }) | null {
  if (source[at + 1] === '/') return { ...lineComment, skip: 2 }
  if (source[at + 1] === '*') return { ...blockComment, skip: 2 }
  return family === 'script' && isExpression(source, at) ? { ...text('/', false), skip: 1 } : null
}

/** An apostrophe may also be a lifetime (Rust) or part a number (C++): a character is closed soon. */
function isQuote(source: string, at: number, family: Family): boolean {
  if (family === 'script' || family === 'php') return true
  const near = source.slice(at + 1, at + 12)
  return near.startsWith('\\') ? near.indexOf("'", 2) > 0 : near[1] === "'" || near[2] === "'"
}

/** After an operator or an opening bracket a slash starts a regular expression; elsewhere it divides. */
function isExpression(source: string, at: number): boolean {
  let before = at - 1
  while (before >= 0 && (source[before] === ' ' || source[before] === '\t')) before -= 1
  if (before < 0) return true
  if ('(,=:[!&|?{};\n'.includes(source[before] ?? '')) return true
  return /(?:^|\W)(?:return|typeof|case|of|in)$/.test(source.slice(Math.max(0, before - 7), before + 1))
}

function endOf(source: string, start: number, stretch: Stretch): number {
  let inClass = false
  for (let at = start; at < source.length; at += 1) {
    const character = source[at]
    if (character === '\n' && !stretch.multiline) return at
    if (character === '\\' && stretch.escapes && source[at + 1] !== '\n') {
      at += 1
      continue
    }
    if (stretch.end === '/' && (character === '[' || character === ']')) inClass = character === '['
    if (!inClass && source.startsWith(stretch.end, at)) return at + stretch.end.length
  }
  return source.length
}
