import type { FileDiff } from '../../src/gitlab/content-types.ts'
import { isRefusal } from '../../src/gitlab/errors.ts'
import type { GitLabReader } from '../../src/gitlab/faces.ts'
import { readGitLabDiffs } from '../../src/reports/diff/gitlab.ts'
import type { Diff } from '../../src/reports/diff/types.ts'
import { readUnifiedDiff } from '../../src/reports/diff/unified.ts'

/** Bytes; a larger diff was not made by people. */
const largestRawDiff = 100 * 1024 * 1024
/** Files of which two versions are compared, where GitLab leaves their diff out. */
const comparedFiles = 20
const comparedBytes = 5_000_000

/** What is judged: the merge request as it is, or a merged result of it, whose lines stand elsewhere. */
export type Change = {
  project: number
  mergeRequest: number
  /** The pipeline's commit. */
  sha: string
  /** Head of the source branch. */
  head: string
  isMergedResult: boolean
  /** GitLab lists no more of its files. */
  isCut: boolean
}

/** The change as far as GitLab tells; what is missing is named in it. */
export async function readChange(change: Change, gitlab: GitLabReader): Promise<Diff> {
  const { project, mergeRequest, sha, isMergedResult, isCut } = change
  const files = isMergedResult
    ? await gitlab.commitDiffs(project, sha)
    : await gitlab.mergeRequestDiffs(project, mergeRequest)
  const listed = readGitLabDiffs(files.map(entityOf))
  if (listed.incomplete.length === 0 && !isCut) return listed
  const whole = await readRaw(change, gitlab)
  if (!whole) return isCut ? withGap(listed, notListed) : listed
  if (!isMergedResult) return whole
  return completed(change, isCut ? withUnlisted(listed, whole) : listed, whole, gitlab)
}

/** The JSON that the reader of GitLab's diffs takes. */
const entityOf = (file: FileDiff) => ({
  old_path: file.oldPath,
  new_path: file.newPath,
  new_file: file.created,
  renamed_file: file.renamed,
  deleted_file: file.deleted,
  a_mode: file.oldMode,
  b_mode: file.newMode,
  diff: file.text,
  too_large: file.leftOut,
})

const notListed = 'GitLab lists only a part of its files'

/** Names the files that the raw diff has and the list has not. */
function withUnlisted(listed: Diff, whole: Diff): Diff {
  const known = new Set([...listed.files.map(({ newPath }) => newPath), ...listed.incomplete.map(({ path }) => path)])
  const unlisted = whole.files.flatMap(({ newPath }) => (newPath === null || known.has(newPath) ? [] : newPath))
  return {
    ...listed,
    incomplete: [...listed.incomplete, ...unlisted.map((path) => ({ path, because: notListed }))],
  }
}

const withGap = (diff: Diff, because: string): Diff => ({
  ...diff,
  incomplete: [...diff.incomplete, { path: '', because }],
})

/** @returns null where GitLab does not give it: it is too large, or this version has no such call */
async function readRaw({ project, mergeRequest }: Change, gitlab: GitLabReader): Promise<Diff | null> {
  try {
    const text = await gitlab.rawDiffs(project, mergeRequest, { maxBytes: largestRawDiff })
    return readUnifiedDiff(text, { strict: true })
  } catch (error) {
    if (isRefusal(error)) return null
    throw error
  }
}

/**
 * The raw diff has the lines of the source branch; they are those of the merged result where the file is the same in both.
 */
async function completed(change: Change, listed: Diff, whole: Diff, gitlab: GitLabReader): Promise<Diff> {
  const gaps = listed.incomplete.slice(0, comparedFiles).map(({ path }) => path)
  const same = new Set<string>()
  for (const path of gaps) if (await isSameInBoth(change, path, gitlab)) same.add(path)
  const usable = new Set(whole.files.flatMap(({ newPath }) => (newPath !== null && same.has(newPath) ? newPath : [])))
  return {
    files: [
      ...listed.files.filter(({ newPath }) => newPath === null || !usable.has(newPath)),
      ...whole.files.filter(({ newPath }) => newPath !== null && usable.has(newPath)),
    ],
    incomplete: [
      ...listed.incomplete.filter(({ path }) => !usable.has(path)),
      ...whole.incomplete.filter(({ path }) => usable.has(path)),
    ],
    warnings: listed.warnings,
  }
}

async function isSameInBoth({ project, sha, head }: Change, path: string, gitlab: GitLabReader): Promise<boolean> {
  try {
    const read = (commit: string) => gitlab.rawFile(project, path, commit, { maxBytes: comparedBytes })
    const [merged, source] = await Promise.all([read(sha), read(head)])
    return merged === source
  } catch (error) {
    if (isRefusal(error)) return false
    throw error
  }
}
