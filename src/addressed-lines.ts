const mostLines = 10
const mostChars = 200
/** Code between fences begins with these, at most three spaces to the right. */
const FENCE = /^ {0,3}(`{3,}|~{3,}|>{3,})/

/** The lines of a comment that begin with `@`, as those do that speak to somebody; quotes and code do not. */
export function addressedLines(text: string): string[] {
  const found: string[] = []
  let fence: string | null = null
  for (const line of text.split(/\r\n?|\n/)) {
    fence = fenceAfter(line, fence)
    if (fence === null && line.startsWith('@')) found.push(line.slice(0, mostChars).trimEnd())
    if (found.length === mostLines) return found
  }
  return found
}

/** The fence that is open after the line. Only code has words behind its first fence, and none has any behind its last. */
function fenceAfter(line: string, open: string | null): string | null {
  const [whole, mark] = FENCE.exec(line) ?? []
  if (whole === undefined || mark === undefined) return open
  const words = line.slice(whole.length).trim()
  if (open !== null) return mark.startsWith(open) && words === '' ? null : open
  const isInline = mark.startsWith('`') && words.includes('`')
  const isQuote = mark.startsWith('>') && words !== ''
  return isInline || isQuote ? null : mark
}
