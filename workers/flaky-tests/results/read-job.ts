import type { FlakyTestsOptions } from '../../../config/schema.ts'
import type { Job } from '../../../src/gitlab/types.ts'
import { suiteOfJob } from '../../../src/job-name.ts'
import { pathMatcher } from '../../../src/match.ts'
import type { ArtifactReader } from '../../../src/reports/artifacts/reader.ts'
import type { ArtifactOutcome } from '../../../src/reports/artifacts/types.ts'
import { isUnbearable, type ThreadError } from '../../../src/threads/worker-thread.ts'
import type { ResultCache } from './cache.ts'
import type { ReportWork } from './report-work.ts'
import type { Packed } from './types.ts'

export type ResultProblem = { path: string | null; what: string; why: string }

/** What is known of the tests of one attempt of a job. */
export type JobResults = {
  /** null: nothing could be read. */
  packed: Uint8Array | null
  source: 'artifacts' | 'test_report' | null
  /** How reading the artifacts went. */
  artifacts: ArtifactOutcome['state']
  tests: number
  failed: number
  /** What could not be read, or not whole. */
  problems: ResultProblem[]
}

export type Patterns = Pick<FlakyTestsOptions, 'junit' | 'retriedReports'>

export type JobReaderDeps = {
  artifacts: ArtifactReader
  cache: Pick<ResultCache, 'isBarren' | 'noteBarren'>
  work: ReportWork
  /** Does something with a thread of its own. */
  alone<Result>(use: (work: ReportWork) => Promise<Result>): Promise<Result>
}

const problemsKept = 20

/** Reads the artifacts of one attempt, except where archives of such jobs never hold a report. */
export const createJobReader =
  ({ cache, ...deps }: JobReaderDeps) =>
  async (job: Job, patterns: Patterns): Promise<JobResults> => {
    const name = suiteOfJob(job.name)
    const { project } = job.pipeline
    if (job.status === 'success' && (await cache.isBarren(project, name))) return nothing('none')
    const results = await readBearably(job, patterns, deps)
    if (results.artifacts === 'read') await cache.noteBarren(project, name, results.packed === null)
    return results
  }

/** A report that brings the thread down takes others with it, so each gets another try on its own. */
async function readBearably(job: Job, patterns: Patterns, deps: Omit<JobReaderDeps, 'cache'>): Promise<JobResults> {
  const { artifacts, work, alone } = deps
  try {
    return await readArtifacts(job, patterns, artifacts, work)
  } catch (error) {
    if (!isUnbearable(error)) throw error
  }
  try {
    return await alone((own) => readArtifacts(job, patterns, artifacts, own))
  } catch (error) {
    if (isUnbearable(error)) return unreadable(error)
    throw error
  }
}

async function readArtifacts(
  job: Job,
  patterns: Patterns,
  artifacts: ArtifactReader,
  work: ReportWork,
): Promise<JobResults> {
  const reading = work.reading()
  const isReport = pathMatcher(patterns.junit)
  let files = 0
  try {
    const outcome = await artifacts.readMatching(job, wanted(patterns), async (file) => {
      files += 1
      await reading.add(file, isReport(file.path) ? 'junit' : 'retried')
    })
    return ofArtifacts(outcome, files > 0 ? await reading.pack() : null)
  } finally {
    reading.close()
  }
}

/** One list for each pair, for matchers remember lists. */
const lists = new WeakMap<readonly string[], WeakMap<readonly string[], string[]>>()
function wanted({ junit, retriedReports }: Patterns): string[] {
  const ofJunit = lists.get(junit) ?? new WeakMap<readonly string[], string[]>()
  const known = ofJunit.get(retriedReports) ?? [...junit, ...retriedReports]
  lists.set(junit, ofJunit.set(retriedReports, known))
  return known
}

const nothing = (state: JobResults['artifacts'], problems: ResultProblem[] = []): JobResults => ({
  packed: null,
  source: null,
  artifacts: state,
  tests: 0,
  failed: 0,
  problems,
})

function ofArtifacts({ state, problems }: ArtifactOutcome, packed: Packed | null): JobResults {
  const unread = [
    ...problems.map(({ path, what, why }) => ({ path, what, why })),
    ...(packed?.problems ?? []).map(({ path, kind, detail }) => ({ path, what: kind, why: detail })),
  ].slice(0, problemsKept)
  if (!packed) return nothing(state, unread)
  const { bytes, tests, failed } = packed
  return { packed: bytes, source: 'artifacts', artifacts: state, tests, failed, problems: unread }
}

/** The thread could not bear the report: the next try would end in the same way. */
const unreadable = ({ message }: ThreadError): JobResults =>
  nothing('unreadable', [{ path: null, what: 'unreadable', why: `reading it took too much: ${message}` }])
