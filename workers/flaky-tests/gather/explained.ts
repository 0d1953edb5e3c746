import { GitLabError } from '../../../src/gitlab/errors.ts'
import type { Readers } from '../../../src/readers.ts'
import { hysteresisOf } from '../../../src/store/tests/hysteresis.ts'
import type { Origin } from '../../../src/store/tests/types.ts'
import type { FlakyTestsReactionOptions } from '../options.ts'
import type { Judged } from '../results/types.ts'
import { placeOf } from './places.ts'

/** Two calls each; ends of failures on the default branch are rare. */
const mostLooked = 10
const fileBytes = 2 * 1024 * 1024

/** From the commit of the failure to that of the pass. */
type Range = { read: Readers; project: number; from: string; to: string }

type Place = { project: number; sha: string; origin: Origin; now: number }

/**
 * Of tests that failed on the default branch and pass there now: whether their file changed in between. A failure that
 * came and went without it is a sign of flakiness; null: nothing tells where the test is, or it cannot be read.
 */
export async function readExplained(
  read: Readers,
  judged: Pick<Judged, 'passed'>,
  { project, sha, origin, now }: Place,
  { flakyTests }: FlakyTestsReactionOptions,
): Promise<{ [id: string]: boolean | null }> {
  if (origin !== 'default' || judged.passed.length === 0) return {}
  const passed = new Set(judged.passed)
  const known = await read.history.watchedTests(project, now, hysteresisOf(flakyTests))
  const ended = known.filter(({ id, record }) => passed.has(id) && record.failingCommit !== '').slice(0, mostLooked)
  const found = await Promise.all(
    ended.map(async ({ id, test, record }) => {
      const range = { read, project, from: record.failingCommit, to: sha }
      return [id, (await fileChanged(test.file, range)) ?? (await placeChanged(test.classname, range))] as const
    }),
  )
  return Object.fromEntries(found)
}

async function fileChanged(file: string | null, { read, project, from, to }: Range): Promise<boolean | null> {
  if (file === null) return null
  const texts = await orNull(
    Promise.all([from, to].map((commit) => read.gitlab.rawFile(project, file, commit, { maxBytes: fileBytes }))),
  )
  return texts && texts[0] !== texts[1]
}

async function placeChanged(classname: string, { read, project, from, to }: Range): Promise<boolean | null> {
  const isThere = placeOf(classname)
  const paths = isThere && (await orNull(read.gitlab.changedPaths(project, from, to)))
  return isThere && paths ? paths.some(isThere) : null
}

/** A hint, for which nothing else has to wait: what GitLab does not give is not known. */
async function orNull<Found>(found: Promise<Found>): Promise<Found | null> {
  try {
    return await found
  } catch (error) {
    if (error instanceof GitLabError) return null
    throw error
  }
}
