const mostLines = 10
const mostChars = 200
/** Fenced code begins with these, at most three spaces to the right; GitLab's quotes of several lines with `>>>` alone. */
const FENCE = /^ {0,3}(`{3,}|~{3,}|>{3,}(?=[ \t]*$))/

/** The lines of a comment that begin with `@`, as those do that speak to somebody; quotes and code do not. */
export function addressedLines(text: string): string[] {
  const found: string[] = []
  let fence: string | null = null
  for (const line of text.split(/\r\n?|\n/)) {
    const [, mark] = FENCE.exec(line) ?? []
    if (mark !== undefined && (fence === null || mark.startsWith(fence))) fence = fence === null ? mark : null
    if (fence === null && line.startsWith('@')) found.push(line.slice(0, mostChars).trimEnd())
    if (found.length === mostLines) return found
  }
  return found
}
