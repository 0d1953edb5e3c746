import { asObject, asText, dig, type JsonObject } from '../../json.ts'
import { isHunkHeader, readHunks } from './hunks.ts'
import { lineCursor } from './lines.ts'
import type { ChangedFile, Diff, HunkLines } from './types.ts'

/**
 * Reads GitLab's diffs: the list of `GET …/merge_requests/:iid/diffs`, or the objects with `changes` or `diffs` that older
 * endpoints and the compare API answer with. GitLab leaves the diff of a large file out and says so in a flag.
 */
export function readGitLabDiffs(body: unknown): Diff {
  const diff: Diff = { files: [], incomplete: [], warnings: [] }
  const list = Array.isArray(body) ? body : (dig(body, 'changes') ?? dig(body, 'diffs'))
  if (!Array.isArray(list)) {
    diff.incomplete.push({ path: '', because: 'this is not what GitLab answers for the diffs of a merge request' })
    return diff
  }
  if (dig(body, 'overflow') === true || dig(body, 'compare_timeout') === true) {
    diff.incomplete.push({ path: '', because: 'GitLab cut the list of changed files short' })
  }
  for (const [index, item] of list.entries()) readEntity(asObject(item) ?? {}, index, diff)
  return diff
}

function readEntity(entity: JsonObject, index: number, diff: Diff): void {
  const oldPath = asText(entity.old_path)
  const newPath = asText(entity.new_path)
  const path = newPath ?? oldPath
  if (path === null) {
    diff.incomplete.push({ path: '', because: `entry ${index + 1} of the list is no changed file: it has no path` })
    return
  }
  const text = asText(entity.diff) ?? ''
  const hunks = hunksOf(text)
  const content = contentOf(entity, text)
  const deleted = entity.deleted_file === true
  const lines = content === 'text' && !deleted ? hunks : null
  diff.files.push({
    oldPath: entity.new_file === true ? null : oldPath,
    newPath: deleted ? null : newPath,
    kind: kindOf(entity, oldPath !== newPath),
    content,
    added: lines?.added ?? new Map(),
    respaced: lines?.respaced ?? new Set(),
  })
  const because = content === 'text' && !deleted ? gapOf(entity, text, hunks) : null
  if (because) diff.incomplete.push({ path, because })
}

/** Older versions of GitLab put the two file headers in front of the first hunk. */
function hunksOf(text: string): HunkLines {
  const cursor = lineCursor(text)
  for (let line = cursor.peek(); line !== null && !isHunkHeader(line); line = cursor.peek()) cursor.next()
  return readHunks(cursor)
}

function kindOf(entity: JsonObject, moved: boolean): ChangedFile['kind'] {
  if (entity.deleted_file === true) return 'deleted'
  if (entity.new_file === true) return 'added'
  return entity.renamed_file === true || moved ? 'renamed' : 'modified'
}

function contentOf(entity: JsonObject, text: string): ChangedFile['content'] {
  const mode = entity.deleted_file === true ? entity.a_mode : entity.b_mode
  if (mode === '160000') return 'submodule'
  if (mode === '120000') return 'symlink'
  return /^Binary files .* differ$/m.test(text.slice(0, 2000)) && !text.startsWith('@@') ? 'binary' : 'text'
}

/** Why lines of this file may be missing, or null. An empty diff is whole for empty files, pure renames and changes of mode. */
function gapOf(entity: JsonObject, text: string, hunks: HunkLines): string | null {
  if (entity.too_large === true) return 'GitLab left its diff out: it is too large'
  if (entity.collapsed === true && text === '') return 'GitLab left its diff out: it is collapsed'
  if (hunks.broken[0]) return hunks.broken[0]
  const whole = entity.new_file === true || entity.renamed_file === true || entity.a_mode !== entity.b_mode
  return text === '' && !whole ? 'GitLab gave no diff for it' : null
}
