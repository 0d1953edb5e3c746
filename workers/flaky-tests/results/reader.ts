import { createShared } from '../../../src/gitlab/shared-reads.ts'
import type { Job, TestReport } from '../../../src/gitlab/types.ts'
import { suiteOfJob } from '../../../src/job-name.ts'
import { outcomesOfJob } from '../../../src/test-reports.ts'
import type { CommitJob, ResultCache } from './cache.ts'
import { packOutcomes } from './pack-outcomes.ts'
import { createJobReader, type JobReaderDeps, type JobResults, type Patterns } from './read-job.ts'
import type { ReportWork } from './report-work.ts'
import type { Judged, JudgeTask } from './types.ts'

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

type Deps = JobReaderDeps & { cache: ResultCache; work: ReportWork }

/** Reads what attempts of jobs left; each is read once, and kept. */
export function createResultReader(deps: Deps): ResultReader {
  const { cache, work } = deps
  const read = createJobReader(deps)

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
