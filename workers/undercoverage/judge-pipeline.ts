import { isRefusal } from '../../src/gitlab/errors.ts'
import type { GitLabReader } from '../../src/gitlab/faces.ts'
import type { Job } from '../../src/gitlab/types.ts'
import type { Readers } from '../../src/readers.ts'
import { createSlots } from '../../src/reports/artifacts/slots.ts'
import type { Diff } from '../../src/reports/diff/types.ts'
import { isUnbearable } from '../../src/threads/worker-thread.ts'
import { errorFindings, type Findings } from './findings.ts'
import type { UndercoverageOptions } from './options.ts'
import { type Change, readChange } from './read-change.ts'
import { type FoundReports, readReports } from './read-reports.ts'
import type { CoverageReading, CoverageWork } from './reports/types.ts'

/** GitLab gives 100 entries a call, so this takes a minute or two. */
const mostTreeEntries = 100_000
/** Sources that are read for markers and functions. */
const mostSources = 300
const largestSource = 2_000_000
const sourcesAtOnce = 8

export type ToJudge = {
  /** `group/project` */
  path: string
  change: Change
  /** Newest attempts of the coverage jobs, all ended. */
  jobs: readonly Job[]
  options: UndercoverageOptions
}

/** What the judgement is read from. */
type JudgeReaders = Pick<Readers, 'gitlab' | 'artifacts' | 'coverage'>

/** Reads everything that the judgement rests on, and judges. */
export async function judgePipeline(what: ToJudge, read: JudgeReaders): Promise<Findings> {
  const diff = await readChange(what.change, read.gitlab)
  const judge = (coverage: CoverageWork) => judgeWith({ ...what, diff }, { ...read, coverage })
  try {
    return await judge(read.coverage)
  } catch (error) {
    if (!isUnbearable(error)) throw error
  }
  // Reports that bring the thread down take others with them, so each gets another try on its own.
  try {
    return await read.coverage.alone(judge)
  } catch (error) {
    if (!isUnbearable(error)) throw error
    return errorFindings(`reading the reports took too much: ${error.message}`, 'Let the job write smaller reports.')
  }
}

async function judgeWith(what: ToJudge & { diff: Diff }, read: JudgeReaders): Promise<Findings> {
  const { jobs, diff, options } = what
  const reading = read.coverage.reading(diff.files.flatMap(({ newPath }) => newPath ?? []))
  try {
    const found = await readReports(jobs, options.undercoverage.reports, reading, read.artifacts)
    if (found.count === 0) return withoutReports(found)
    return withMissingReports(await judgeBy(reading, found, what, read.gitlab), found)
  } finally {
    reading.close()
  }
}

async function judgeBy(
  reading: CoverageReading,
  found: FoundReports,
  { diff, change, options: { undercoverage }, path }: ToJudge & { diff: Diff },
  gitlab: GitLabReader,
): Promise<Findings> {
  const about = { diff, ignore: undercoverage.ignore, checkout: { roots: [], projectPath: path } }
  const { files, needsTree } = await reading.survey(about)
  return reading.judge({
    ...about,
    tree: needsTree ? await readTree(change, gitlab) : null,
    sources: await readSources(change, files, gitlab),
    options: undercoverage,
    commits: [change.sha, change.head],
    warnings: whoLeftNone(found),
  })
}

const whoLeftNone = ({ without }: FoundReports): string[] =>
  without.map(({ job, why }) => `${job} left no report: ${why}`)

function withoutReports(found: FoundReports): Findings {
  const [first = 'no coverage job ran', ...others] = whoLeftNone(found)
  return errorFindings(first, 'The coverage job has to keep its report as an artifact, under artifacts:paths.', others)
}

/**
 * A report that is missing could only have shown more lines to be run, so what fails without it may be wrong; what it
 * alone measures is not judged at all.
 */
function withMissingReports(findings: Findings, { without }: FoundReports): Findings {
  const lost = without.find(({ status }) => status !== 'success')
  const doubt = lost && doubtOf(findings)
  if (!lost || !doubt) return findings
  const because = `${lost.job} ended as ${lost.status} and left no report: ${lost.why}`
  return {
    ...findings,
    verdict: 'error',
    because,
    reasons: [because, ...findings.reasons],
    fix: `Without it: ${doubt}. Retry ${lost.job}.`,
  }
}

/** What a report that is missing may know better; null: nothing. */
function doubtOf({ verdict, because, unmeasured: [file] }: Findings): string | null {
  if (verdict === 'fail') return because
  return verdict === 'pass' && file !== undefined ? `${file} is measured by no report` : null
}

/** @returns null for one that is too large: then the changed files stand for it */
async function readTree({ project, sha }: Change, gitlab: GitLabReader): Promise<string[] | null> {
  try {
    const entries = await gitlab.repositoryTree(project, sha, { mostEntries: mostTreeEntries })
    return entries.flatMap((entry) => (entry.type === 'blob' ? entry.path : []))
  } catch (error) {
    if (isRefusal(error)) return null
    throw error
  }
}

/** Texts of the judged files as they were measured; one that cannot be had is done without. */
async function readSources({ project, sha }: Change, files: readonly string[], gitlab: GitLabReader) {
  const inSlot = createSlots(sourcesAtOnce)
  const sources = new Map<string, string>()
  const readOne = async (file: string): Promise<void> => {
    try {
      sources.set(file, await gitlab.rawFile(project, file, sha, { maxBytes: largestSource }))
    } catch (error) {
      if (!isRefusal(error)) throw error
    }
  }
  await Promise.all(files.slice(0, mostSources).map((file) => inSlot(() => readOne(file))))
  return sources
}
