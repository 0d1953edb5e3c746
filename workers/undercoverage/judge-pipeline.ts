import { isRefusal } from '../../src/gitlab/errors.ts'
import type { GitLabReader } from '../../src/gitlab/faces.ts'
import type { Job } from '../../src/gitlab/types.ts'
import { pathMatcher } from '../../src/match.ts'
import type { Readers } from '../../src/readers.ts'
import { createSlots } from '../../src/reports/artifacts/slots.ts'
import { namesAllExactly } from './exact-paths.ts'
import { errorFindings, type Findings, findingsOf } from './findings.ts'
import { judgeCoverage } from './judge/judge.ts'
import { mayBeOneOf } from './judge/report-path.ts'
import { scopeOf } from './judge/scope.ts'
import type { JudgeInput } from './judge/types.ts'
import type { UndercoverageOptions } from './options.ts'
import { type Change, readChange } from './read-change.ts'
import { type ReadReports, readReports } from './read-reports.ts'

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

/** Reads everything that the judgement rests on, and judges. */
export async function judgePipeline(what: ToJudge, read: Pick<Readers, 'gitlab' | 'artifacts'>): Promise<Findings> {
  const { change, jobs, options, path } = what
  const { undercoverage } = options
  const diff = await readChange(change, read.gitlab)
  const changed = diff.files.flatMap(({ newPath }) => newPath ?? [])
  const found = await readReports(jobs, undercoverage.reports, mayBeOneOf(changed), read.artifacts)
  if (found.reports.length === 0) return withoutReports(found)
  const isIgnored = pathMatcher(undercoverage.ignore)
  const reports = found.reports.flatMap((report) => (report.read.outcome === 'read' ? report.read.report : []))
  const files = scopeOf(diff, reports, { isIgnored }).files.map((file) => file.path)
  const checkout = { roots: [], projectPath: path }
  const tree = namesAllExactly(reports, files, checkout) ? null : await readTree(change, read.gitlab)
  const sources = await readSources(change, files, read.gitlab)
  const input: JudgeInput = {
    diff,
    reports: found.reports,
    tree,
    checkout,
    options: undercoverage,
    isIgnored,
    sourceOf: (file) => sources.get(file) ?? null,
    commits: [change.sha, change.head],
  }
  return withMissingReports(findingsOf(judgeCoverage(input), whoLeftNone(found)), found)
}

const whoLeftNone = ({ without }: ReadReports): string[] =>
  without.map(({ job, why }) => `${job} left no report: ${why}`)

function withoutReports(found: ReadReports): Findings {
  const [first = 'no coverage job ran', ...others] = whoLeftNone(found)
  return errorFindings(first, 'The coverage job has to keep its report as an artifact, under artifacts:paths.', others)
}

/** A report that is missing could only have shown more lines to be run, so what fails without it may be wrong. */
function withMissingReports(findings: Findings, { without }: ReadReports): Findings {
  const lost = without.find(({ status }) => status !== 'success')
  if (findings.verdict !== 'fail' || !lost) return findings
  const because = `${lost.job} ended as ${lost.status} and left no report: ${lost.why}`
  return {
    ...findings,
    verdict: 'error',
    because,
    reasons: [because, ...findings.reasons],
    fix: `Without it: ${findings.because}. Retry ${lost.job}.`,
  }
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
