import { bothPaths, hasPrefix, headerPath, withoutPrefix } from './git-path.ts'
import { isHunkHeader, readHunks } from './hunks.ts'
import { type LineCursor, lineCursor } from './lines.ts'
import type { ChangedFile, Diff, HunkLines } from './types.ts'

/** What the lines before the first hunk of a file say. */
type Section = {
  git: { old: string; new: string } | null
  /** `undefined` until the line was seen, null for `/dev/null`. */
  old?: string | null
  new?: string | null
  renamedFrom?: string
  renamedTo?: string
  added: boolean
  deleted: boolean
  /** Of the new file, or of the old one when it is deleted. */
  mode?: string
  binary: boolean
}

/**
 * Reads a unified diff of any number of files, as `git diff` and GitLab's `raw_diffs` write it.
 *
 * @param options.strict a hunk that breaks off makes its file incomplete, which is right for text that came over a network;
 *   without it such a hunk is a warning, since diffs that people edit by hand have wrong counts
 */
export function readUnifiedDiff(text: string, options: { strict?: boolean } = {}): Diff {
  const diff: Diff = { files: [], incomplete: [], warnings: [] }
  const cursor = lineCursor(text)
  let section: Section | null = null
  for (let line = cursor.peek(); line !== null; line = cursor.peek()) {
    if (isHunkHeader(line) && section) {
      const hunks = readHunks(cursor)
      addFile(diff, section, hunks, options.strict ?? false)
      section = null
      continue
    }
    cursor.next()
    const next = startOf(line, cursor, section)
    if (next && section) addFile(diff, section, null, false)
    section = next ?? section
    if (section) readHeader(section, line)
    if (/^diff --(?:cc|combined) /.test(line)) {
      diff.incomplete.push({
        path: line.replace(/^diff --\w+ /, ''),
        because: 'combined diffs of merges are not understood',
      })
    }
  }
  if (section) addFile(diff, section, null, false)
  if (diff.files.length === 0 && diff.incomplete.length === 0 && text.trim() !== '') {
    diff.incomplete.push({ path: '', because: 'this is not a unified diff' })
  }
  return diff
}

const emptySection = (git: Section['git']): Section => ({ git, added: false, deleted: false, binary: false })

/** A new section, or null while the one at hand goes on. */
function startOf(line: string, cursor: LineCursor, current: Section | null): Section | null {
  if (line.startsWith('diff --git ')) return emptySection(bothPaths(line.slice(11)))
  const plain = line.startsWith('--- ') && cursor.peek()?.startsWith('+++ ')
  return plain && (!current || current.old !== undefined) ? emptySection(null) : null
}

function readHeader(section: Section, line: string): void {
  if (line.startsWith('--- ') && section.old === undefined) section.old = headerPath(line.slice(4))
  if (line.startsWith('+++ ') && section.new === undefined) section.new = headerPath(line.slice(4))
  const [, key, value] =
    /^(rename from|rename to|copy from|copy to|new file mode|deleted file mode|new mode) (.+)$/.exec(line) ?? []
  if (key && value) readExtended(section, key, value)
  const mode = /^index [0-9a-f]+\.\.[0-9a-f]+ (\d{6})$/.exec(line)?.[1]
  if (mode) section.mode = mode
  if (/^(?:Binary files .* differ$|GIT binary patch$)/.test(line)) section.binary = true
}

function readExtended(section: Section, key: string, value: string): void {
  if (key === 'rename from') section.renamedFrom = headerPath(value) ?? ''
  if (key === 'rename to' || key === 'copy to') section.renamedTo = headerPath(value) ?? ''
  if (!key.endsWith('mode')) return
  section.mode = value
  section.added ||= key === 'new file mode'
  section.deleted ||= key === 'deleted file mode'
}

function addFile(diff: Diff, section: Section, hunks: HunkLines | null, strict: boolean): void {
  const paths = pathsOf(section)
  const path = paths.new ?? paths.old
  if (path === null) return
  const content = contentOf(section)
  const text = content === 'text' && paths.new !== null ? hunks : null
  diff.files.push({
    oldPath: paths.old,
    newPath: paths.new,
    kind: kindOf(section, paths),
    content,
    added: text?.added ?? new Map(),
    respaced: text?.respaced ?? new Set(),
  })
  for (const problem of hunks?.broken ?? []) {
    if (strict) diff.incomplete.push({ path, because: problem })
    if (!strict) diff.warnings.push(`${path}: ${problem}`)
  }
}

function pathsOf(section: Section): { old: string | null; new: string | null } {
  const raw = {
    old: section.old === undefined ? (section.git?.old ?? null) : section.old,
    new: section.new === undefined ? (section.git?.new ?? null) : section.new,
  }
  const prefixed = section.git ? hasPrefix(section.git.old, section.git.new) : hasPrefix(raw.old, raw.new)
  const strip = (path: string | null): string | null => (prefixed ? withoutPrefix(path) : path)
  return {
    old: section.added ? null : (section.renamedFrom ?? strip(raw.old)),
    new: section.deleted ? null : (section.renamedTo ?? strip(raw.new)),
  }
}

function kindOf(section: Section, paths: { old: string | null; new: string | null }): ChangedFile['kind'] {
  if (paths.new === null) return 'deleted'
  if (paths.old === null) return 'added'
  return section.renamedFrom !== undefined || paths.old !== paths.new ? 'renamed' : 'modified'
}

function contentOf(section: Section): ChangedFile['content'] {
  if (section.mode === '160000') return 'submodule'
  if (section.mode === '120000') return 'symlink'
  return section.binary ? 'binary' : 'text'
}
