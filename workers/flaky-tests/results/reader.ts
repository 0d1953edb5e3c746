import type { FlakyTestsOptions } from '../../../config/schema.ts'
import { createShared } from '../../../src/gitlab/shared-reads.ts'
import type { Job, TestReport } from '../../../src/gitlab/types.ts'
import { suiteOfJob } from '../../../src/job-name.ts'
import { type Matcher, pathMatcher } from '../../../src/match.ts'
import type { ArtifactReader } from '../../../src/reports/artifacts/reader.ts'
import type { ArtifactOutcome } from '../../../src/reports/artifacts/types.ts'
import { outcomesOfJob } from '../../../src/test-reports.ts'
import { isUnbearable, type ThreadError } from '../../../src/threads/worker-thread.ts'
import type { CommitJob, ResultCache } from './cache.ts'
import { packOutcomes } from './pack-outcomes.ts'
import type { ReportWork } from './report-work.ts'
import type { Judged, JudgeTask, Packed } from './types.ts'

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

type Patterns = Pick<FlakyTestsOptions, 'junit' | 'retriedReports'>

export type ResultReader = {
  /**
   * The results of an attempt that has ended, out of its artifacts, else out of GitLab's test report.
   *
   * @param report asked for at most, when the artifacts hold nothing; null: it cannot tell of this attempt
   */
  of(job: Job, patterns: Patterns, report: (() => Promise<TestReport | null>) | null): Promise<JobResults>
  /** Attempts of this commit whose results were read, in all pipelines; they are kept for hours. */
  ofCommit(project: number, sha: string): Promise<CommitJob[]>
  /** Results that were read before; null: they are forgotten. */
  kept(project: number, job: number): Promise<JobResults | null>
  judge(task: JudgeTask): Promise<Judged>
}

const problemsKept = 20

export type ResultReaderDeps = {
  artifacts: ArtifactReader
  cache: ResultCache
  work: ReportWork
  /** Does something with a thread of its own. */
  alone<Result>(use: (work: ReportWork) => Promise<Result>): Promise<Result>
}

/** Reads what attempts of jobs left; each is read once, and kept. */
export function createResultReader({ artifacts, cache, work, alone }: ResultReaderDeps): ResultReader {
  async function read(job: Job, patterns: Patterns): Promise<JobResults> {
    const name = suiteOfJob(job.name)
    const { project } = job.pipeline
    if (job.status === 'success' && (await cache.isBarren(project, name))) return nothing('none')
    const results = await readBearably(job, patterns)
    if (results.artifacts === 'read') await cache.noteBarren(project, name, results.packed === null)
    return results
  }

  /** A report that brings the thread down takes others with it, so each gets another try on its own. */
  async function readBearably(job: Job, patterns: Patterns): Promise<JobResults> {
    try {
      return await readArtifacts(job, patterns, work)
    } catch (error) {
      if (!isUnbearable(error)) throw error
    }
    try {
      return await alone((own) => readArtifacts(job, patterns, own))
    } catch (error) {
      if (isUnbearable(error)) return unreadable(error)
      throw error
    }
  }

  async function readArtifacts(job: Job, patterns: Patterns, by: ReportWork): Promise<JobResults> {
    const { junit, retriedReports } = patterns
    const reading = by.reading()
    const isReport: Matcher = pathMatcher(junit)
    let files = 0
    const outcome = await artifacts.readMatching(job, wanted(junit, retriedReports), async (file) => {
      files += 1
      await reading.add(file, isReport(file.path) ? 'junit' : 'retried')
    })
    return ofArtifacts(outcome, files > 0 ? await reading.pack() : null)
  }

  const of: ResultReader['of'] = async (job, patterns, report) => {
    const known = await cache.load(job.pipeline.project, job.id)
    const own = known ?? (await read(job, patterns))
    const results = report && mayTellMore(own, job) ? await fromReport(own, job, report) : own
    if (results !== known) await cache.save(job, results)
    return results
  }

  const share = createShared<JobResults>()
  return {
    // With and without the report are two questions.
    of: (job, patterns, report) => share(report ? job.id : -job.id, () => of(job, patterns, report)),
    ofCommit: cache.ofCommit,
    kept: cache.load,
    judge: work.judge,
  }
}

/** One list for each pair, for matchers remember lists. */
const lists = new WeakMap<readonly string[], string[]>()
function wanted(junit: readonly string[], retried: readonly string[]): string[] {
  const known = lists.get(junit) ?? [...junit, ...retried]
  lists.set(junit, known)
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

/** Of parallel jobs GitLab's report tells together, so that it grows with each of them that ends. */
const mayTellMore = ({ packed, source }: JobResults, { name }: Job): boolean =>
  packed === null || (source === 'test_report' && suiteOfJob(name) !== name)

async function fromReport(own: JobResults, job: Job, report: () => Promise<TestReport | null>): Promise<JobResults> {
  const found = await report()
  const outcomes = found && outcomesOfJob(found, job.name)
  if (!outcomes) return own
  const failed = outcomes.filter(({ status }) => status === 'failed').length
  return { ...own, packed: await packOutcomes(outcomes), source: 'test_report', tests: outcomes.length, failed }
}
