import type { LineCursor } from './lines.ts'
import type { HunkLines } from './types.ts'

const header = /^@@ -(\d{1,9})(?:,(\d{1,9}))? \+(\d{1,9})(?:,(\d{1,9}))? @@/

export const isHunkHeader = (line: string): boolean => header.test(line)

const withoutSpace = (text: string): string => text.replace(/\s/g, '')

/**
 * Reads all hunks at the cursor. A hunk is as long as its header says: a removed line `-- x` looks like a file header and
 * `\ No newline at end of file` like context, so prefixes alone misnumber what follows.
 */
export function readHunks(cursor: LineCursor): HunkLines {
  const found: HunkLines = { added: new Map(), respaced: new Set(), broken: [] }
  for (let line = cursor.peek(); line !== null; line = cursor.peek()) {
    const counts = header.exec(line)
    if (!counts) return found
    cursor.next()
    readHunk(cursor, line, counts, found)
  }
  return found
}

function readHunk(cursor: LineCursor, title: string, counts: RegExpExecArray, found: HunkLines): void {
  let oldLeft = Number(counts[2] ?? 1)
  let newLeft = Number(counts[4] ?? 1)
  let at = Number(counts[3])
  const removed = new Set<string>()
  const added: [number, string][] = []
  while (oldLeft > 0 || newLeft > 0) {
    const line = cursor.peek()
    if (line === null || !isBody(line, oldLeft, newLeft)) break
    cursor.next()
    const kind = line[0] ?? ' '
    if (kind === '\\') continue
    if (kind !== '-') newLeft -= 1
    if (kind !== '+') oldLeft -= 1
    if (kind === '+') added.push([at, line.slice(1)])
    if (kind === '-') removed.add(withoutSpace(line.slice(1)))
    if (kind !== '-') at += 1
  }
  if (cursor.peek()?.startsWith('\\')) cursor.next()
  const more = cursor.peek()?.startsWith('+') ?? false
  if (oldLeft !== 0 || newLeft !== 0 || more)
    found.broken.push(`the hunk ${titleOf(title)} has other lines than its header counts`)
  for (const [number, text] of added) {
    found.added.set(number, text)
    if (removed.has(withoutSpace(text))) found.respaced.add(number)
  }
}

const titleOf = (title: string): string => title.slice(0, title.indexOf('@@', 2) + 2)

/** A header line ends a hunk only when the counts are wrong anyway, which no line of a correct diff can cause. */
function isBody(line: string, oldLeft: number, newLeft: number): boolean {
  if (oldLeft >= 0 && newLeft >= 0 && fits(line, oldLeft, newLeft)) return true
  if (line.startsWith('diff --git ') || isHunkHeader(line)) return false
  return line === '' || ' +-\\'.includes(line[0] ?? '')
}

function fits(line: string, oldLeft: number, newLeft: number): boolean {
  if (line.startsWith('+')) return newLeft > 0
  if (line.startsWith('-')) return oldLeft > 0
  return line.startsWith('\\') || ((line === '' || line.startsWith(' ')) && oldLeft > 0 && newLeft > 0)
}
