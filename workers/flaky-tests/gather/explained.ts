import { GitLabError } from '../../../src/gitlab/errors.ts'
import type { Readers } from '../../../src/readers.ts'
import type { KnownTest } from '../../../src/store/tests/read.ts'

/** Two calls each; ends of failures on the default branch are rare. */
const mostLooked = 10
const fileBytes = 2 * 1024 * 1024

/**
 * Of tests that failed on the default branch and pass there now: whether their file changed in between. A failure that
 * came and went without it is a sign of flakiness; null: the file is not known or cannot be read.
 */
export async function readExplained(
  read: Readers,
  project: number,
  sha: string,
  passed: readonly KnownTest[],
): Promise<{ [id: string]: boolean | null }> {
  const ended = passed.filter(({ record }) => record.failingCommit !== '').slice(0, mostLooked)
  const found = await Promise.all(
    ended.map(async ({ id, test, record }) => {
      const changed =
        test.file === null ? null : await hasChanged(read, project, test.file, [record.failingCommit, sha])
      return [id, changed] as const
    }),
  )
  return Object.fromEntries(found)
}

async function hasChanged(read: Readers, project: number, file: string, commits: readonly string[]) {
  try {
    const texts = await Promise.all(
      commits.map((commit) => read.gitlab.rawFile(project, file, commit, { maxBytes: fileBytes })),
    )
    return texts[0] !== texts[1]
  } catch (error) {
    if (error instanceof GitLabError) return null
    throw error
  }
}
