import type { SourceFile } from './source-file.ts'

/** Lines that markers of coverage.py and PHPUnit leave out; of use only for files that no report has. */
export function pragmaLines(source: SourceFile): Set<number> {
  if (source.family === 'python') return pythonLines(source.lines)
  return source.family === 'php' ? phpLines(source) : new Set()
}

const indentOf = (line: string): number => line.length - line.trimStart().length

/** `# pragma: no cover` is for its line, or for the block that its line heads. */
function pythonLines(lines: readonly string[]): Set<number> {
  const found = new Set<number>()
  let block: number | null = null
  for (const [index, line] of lines.entries()) {
    if (line.trim() !== '' && block !== null && indentOf(line) <= block) block = null
    const marked = /#\s*pragma:?\s*no\s*cover/i.exec(line)
    if (marked || block !== null) found.add(index + 1)
    const heads = marked && line.slice(0, marked.index).trimEnd().endsWith(':')
    if (heads && block === null) block = indentOf(line)
  }
  return found
}

/** `@codeCoverageIgnoreStart` … `End`; `@codeCoverageIgnore` behind code is for that line, above a function or class for all of it. */
function phpLines(source: SourceFile): Set<number> {
  const found = new Set<number>()
  let open = false
  for (const [index, line] of source.lines.entries()) {
    const mark = /@codeCoverageIgnore(Start|End)?\b/.exec(line)
    if (mark?.[1] === 'Start') open = true
    if (open || mark) found.add(index + 1)
    if (mark?.[1] === 'End') open = false
    if (!mark || mark[1] !== undefined || source.kindAt(index + 1) === 'code') continue
    for (const covered of below(source, index + 2)) found.add(covered)
  }
  return found
}

/** The function that starts next, or everything to the end when a class does. */
function below(source: SourceFile, from: number): number[] {
  const next = source.lines.findIndex((_, index) => index + 1 >= from && source.kindAt(index + 1) === 'code') + 1
  const span = source.functions().find((one) => one.start === next)
  const isClass = /\b(?:class|trait|interface)\s+\w/.test(source.lines[next - 1] ?? '')
  const end = span?.end ?? (isClass ? source.lines.length : next)
  return next === 0 ? [] : Array.from({ length: end - from + 1 }, (_, index) => from + index)
}
