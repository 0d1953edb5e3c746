import type { Family } from './language.ts'

/** A function's name, and where in the head it starts; null for every other kind of block. */
export type Head = { name: string; at: number } | null

const keywords: Partial<Record<Family, RegExp>> = {
  go: /\bfunc\b\s*(?:\([^()]*\)\s*)?(\w*)/,
  rust: /\bfn\s+(\w+)/,
  keyword: /\b(?:fun|func|def|init)\b\s*(?:<[^<>]*>\s*)?(?:\w+\.)?(\w*)/,
  php: /\bfunction\b\s*&?\s*(\w*)/,
}

/** Words before a bracket that head a block but no function. */
const control = new Set(
  'if for while switch catch with synchronized using lock foreach fixed when match elseif unless until return throw do else try sizeof new await yield'.split(
    ' ',
  ),
)

/** @param text what stands between the last `;`, `{` or `}` and the `{` at hand, at most a few hundred characters */
export function readHead(text: string, family: Family): Head {
  const keyword = keywords[family]?.exec(text)
  if (keyword) return { name: keyword[1] || '(anonymous)', at: keyword.index }
  if (keywords[family]) return null
  return family === 'script' ? scriptHead(text) : declaredHead(text)
}

function scriptHead(text: string): Head {
  const trimmed = text.trimEnd()
  if (trimmed.endsWith('=>')) return arrowHead(trimmed.slice(0, -2))
  const at = trimmed.lastIndexOf('function')
  const name = at < 0 ? null : /^function\b\s*\*?\s*([\w$]*)\s*[(<]/.exec(trimmed.slice(at))
  if (name && groupsOf(trimmed.slice(at)).length > 0) return { name: name[1] || assignedName(trimmed.slice(0, at)), at }
  const last = groupsOf(trimmed).at(-1)
  if (!last || !/^\s*(?::[^=]*)?$/.test(trimmed.slice(last.end))) return null
  return namedBefore(trimmed, last.start)
}

function arrowHead(text: string): Head {
  const close = text.lastIndexOf(')')
  const bracketed = close >= 0 && /^\s*(?::[^=]*)?$/.test(text.slice(close + 1))
  const start = bracketed ? openingOf(text, close) : text.trimEnd().search(/[\w$]+$/)
  if (start < 0) return null
  const before = text.slice(0, start).replace(/\basync\s*$/, '')
  const named = /([\w$]+)\s*(?::[^=()]*)?[=:]\s*$/.exec(before.slice(-200))
  return { name: named?.[1] ?? '(anonymous)', at: named ? before.length - named[0].length : start }
}

/** Where the round bracket opens that closes at `close`, or -1. */
function openingOf(text: string, close: number): number {
  let depth = 0
  for (let at = close; at >= 0; at -= 1) {
    if (text[at] === ')') depth += 1
    if (text[at] === '(') depth -= 1
    if (depth === 0) return at
  }
  return -1
}

const assignedName = (before: string): string =>
  /([\w$]+)\s*[=:]\s*(?:async\s*)?$/.exec(before.slice(-200))?.[1] ?? '(anonymous)'

/** Languages whose functions are a type, a name and brackets: the first brackets that do not belong to an annotation. */
function declaredHead(text: string): Head {
  if (/\b(?:class|interface|enum|record|struct|union|namespace|package|extension)\s+\w/.test(text)) return null
  for (const group of groupsOf(text)) {
    const head = namedBefore(text, group.start)
    if (!head) return null
    const before = text.slice(0, head.at)
    if (head.name.startsWith('__') || before.trimEnd().endsWith('@')) continue
    return /[=.]\s*$|\bnew\s+$/.test(before.slice(-100)) ? null : head
  }
  return null
}

function namedBefore(text: string, at: number): Head {
  const before = text.slice(Math.max(0, at - 200), at)
  const found = /([\w$#~:]+)\s*(?:<[^<>()]*>\s*)?$/.exec(before)
  const name = found?.[1]?.replace(/^:+/, '') ?? ''
  if (!found || name === '' || control.has(name)) return null
  return { name, at: at - before.length + found.index }
}

/** Pairs of round brackets that are in no other pair. */
function groupsOf(text: string): { start: number; end: number }[] {
  const groups: { start: number; end: number }[] = []
  let depth = 0
  let start = 0
  for (let at = 0; at < text.length; at += 1) {
    if (text[at] === '(' && depth === 0) start = at
    if (text[at] === '(') depth += 1
    if (text[at] !== ')' || depth === 0) continue
    depth -= 1
    if (depth === 0) groups.push({ start, end: at + 1 })
  }
  return groups
}
