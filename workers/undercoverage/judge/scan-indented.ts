import type { FunctionSpan } from './scan-functions.ts'

const indentOf = (line: string): number => line.length - line.trimStart().length

const rubyHead =
  /^\s*(?:(?:private|protected|public|module_function|private_class_method|memoize)\s+)?def\s+(?:self\.)?([^\s(;]+)/

/** Ruby, by its indentation: a method ends at the first `end` that stands as deep as the line of its `def`. */
export function scanRuby(lines: readonly string[]): FunctionSpan[] {
  const found: FunctionSpan[] = []
  const open: { name: string; start: number; indent: number }[] = []
  for (const [index, line] of lines.entries()) {
    const indent = indentOf(line)
    if (/^\s*end\b/.test(line)) {
      while ((open.at(-1)?.indent ?? 0) > indent) open.pop()
      const top = open.at(-1)?.indent === indent ? open.pop() : undefined
      if (top) found.push({ name: top.name, start: top.start, end: index + 1 })
      continue
    }
    const name = rubyHead.exec(line)?.[1]
    if (name === undefined) continue
    if (isOneLine(line)) found.push({ name, start: index + 1, end: index + 1 })
    else open.push({ name, start: index + 1, indent })
  }
  return found.sort((one, other) => one.start - other.start)
}

/** `def a = b`, `def a(b) = c`, `def a; end`. */
const isOneLine = (line: string): boolean =>
  /[;\s]end\s*(?:#.*)?$/.test(line) || /^\s*(?:\w+\s+)?def\s+[\w.]+[?!]?\s*(?:\([^()]*\))?\s+=\s/.test(line)

/** Python: a function lasts as long as lines are deeper than its `def`. */
export function scanIndented(lines: readonly string[]): FunctionSpan[] {
  const found: FunctionSpan[] = []
  const open: { name: string; start: number; indent: number; last: number }[] = []
  const close = (indent: number): void => {
    for (let top = open.at(-1); top && top.indent >= indent; top = open.at(-1)) {
      open.pop()
      found.push({ name: top.name, start: top.start, end: top.last })
    }
  }
  const state: PythonState = { quote: null, depth: 0 }
  for (const [index, line] of lines.entries()) {
    const continued = state.quote !== null || state.depth > 0
    follow(line, state)
    const blank = line.trim() === '' || line.trimStart().startsWith('#')
    if (!continued && !blank) close(indentOf(line))
    if (continued || !blank) for (const one of open) one.last = index + 1
    const name = continued ? undefined : /^\s*(?:async\s+)?def\s+(\w+)/.exec(line)?.[1]
    if (name !== undefined) open.push({ name, start: index + 1, indent: indentOf(line), last: index + 1 })
  }
  close(0)
  return found.sort((one, other) => one.start - other.start)
}

/** Whether the next line goes on with a text of several lines or inside of brackets. */
type PythonState = { quote: string | null; depth: number }

function follow(line: string, state: PythonState): void {
  for (let at = 0; at < line.length; at += 1) {
    const three = line.slice(at, at + 3)
    if (state.quote !== null) {
      if (line[at] === '\\') at += 1
      else if (line.startsWith(state.quote, at)) {
        at += state.quote.length - 1
        state.quote = null
      }
      continue
    }
    if (line[at] === '#') break
    if (three === '"""' || three === "'''") {
      state.quote = three
      at += 2
      continue
    }
    if (line[at] === '"' || line[at] === "'") state.quote = line[at] ?? null
    if ('([{'.includes(line[at] ?? ' ')) state.depth += 1
    if (')]}'.includes(line[at] ?? ' ')) state.depth = Math.max(0, state.depth - 1)
  }
  if (state.quote?.length === 1) state.quote = null
}
