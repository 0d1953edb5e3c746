import { GitLabError, isRefusal } from '../../../src/gitlab/errors.ts'
import type { Readers } from '../../../src/readers.ts'
import { ownersOf, parseCodeowners } from '../codeowners.ts'
import type { FlakyTestsFacts, IssueFacts } from '../facts.ts'
import { issueMarks } from '../issue-marks.ts'
import type { FlakyTestsReactionOptions } from '../options.ts'
import { isProven } from '../proven.ts'
import type { Judged } from '../results/types.ts'

const codeownersPaths = ['CODEOWNERS', 'docs/CODEOWNERS', '.gitlab/CODEOWNERS']
const codeownersBytes = 1024 * 1024

/** What the issues of flaky tests are made from; null: none are wanted, or none is due. The rest is done without them. */
export async function readIssues(
  read: Readers,
  project: number,
  { flaky }: Judged,
  sha: string,
  { flakyTests }: FlakyTestsReactionOptions,
): Promise<FlakyTestsFacts['issues']> {
  const wanted = flaky.filter(isProven)
  if (!flakyTests.issues.enabled || wanted.length === 0) return null
  try {
    const target = await issueProject(read, project, flakyTests.issues.project)
    return { ...(await readKnown(read, target)), owners: await readOwners(read, project, sha, wanted) }
  } catch (error) {
    if (isRefusal(error)) return { refused: error.message }
    throw error
  }
}

async function readKnown(read: Readers, target: number): Promise<Pick<IssueFacts, 'project' | 'known'>> {
  const { id: author } = await read.gitlab.currentUser()
  const issues = await read.gitlab.issues(target, { author })
  const known = issues.flatMap(({ description, state }) => {
    const marker = issueMarks(description)[0]
    return marker ? [{ marker, state }] : []
  })
  return { project: target, known }
}

/** @param path of the configuration; null: issues are kept beside the code */
export const issueProject = async (read: Readers, project: number, path: string | null): Promise<number> =>
  path === null ? project : (await read.gitlab.project(path)).id

async function readOwners(read: Readers, project: number, sha: string, flaky: Judged['flaky']) {
  const files = [...new Set(flaky.flatMap(({ file }) => file ?? []))]
  if (files.length === 0) return {}
  const rules = parseCodeowners(await firstThere(read, project, sha))
  return Object.fromEntries(files.map((file) => [file, ownersOf(rules, file)]))
}

async function firstThere(read: Readers, project: number, sha: string): Promise<string> {
  for (const path of codeownersPaths) {
    try {
      return await read.gitlab.rawFile(project, path, sha, { maxBytes: codeownersBytes })
    } catch (error) {
      if (!(error instanceof GitLabError) || error.status !== 404) throw error
    }
  }
  return ''
}
