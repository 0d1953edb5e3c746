import { NotYetError } from '../../../src/errors.ts'
import type { Job, TestReport } from '../../../src/gitlab/types.ts'
import { suiteOfJob } from '../../../src/job-name.ts'
import type { Readers } from '../../../src/readers.ts'
import type { FlakyTestsReactionOptions } from '../options.ts'
import type { CommitJob } from '../results/cache.ts'
import { attemptOf, reportsTests } from '../results/failures.ts'
import type { JobResults } from '../results/read-job.ts'
import { knowsJob, outdatedFor } from '../results/report-age.ts'
import type { PackedAttempt } from '../results/types.ts'
import { answersForReport, type NumberedJob } from './attempts.ts'

export type ReadAttempt = NumberedJob & { results: JobResults }

/** Attempts in other pipelines: a schedule may start a pipeline of one commit every few minutes. */
const othersRead = 100

/**
 * The results of attempts that have ended; GitLab's own report is asked for once at most.
 *
 * @throws NotYetError while the report may still be one from before the job ended
 */
export async function readAttempts(
  read: Readers,
  attempts: readonly NumberedJob[],
  { flakyTests }: FlakyTestsReactionOptions,
): Promise<ReadAttempt[]> {
  let report: Promise<TestReport> | null = null
  const reportOf = ({ project, id }: Job['pipeline']) => {
    report ??= read.gitlab.testReport(project, id)
    return report
  }
  return Promise.all(
    attempts.map(async (numbered) => {
      const { job, attempt } = numbered
      const mayAsk = reportsTests(job) && answersForReport(numbered, attempts)
      const wait = mayAsk ? outdatedFor(job, read.now()) : 0
      const ask = async () => (attempt > 1 && wait > 0 ? null : reportOf(job.pipeline))
      const results = await read.results.of(job, flakyTests, mayAsk ? ask : null)
      const isMissing = results.packed === null && wait > 0
      if (isMissing && (attempt > 1 || !knowsJob(await reportOf(job.pipeline), job))) {
        throw new NotYetError(`the test report may still be that from before ${job.name} ended`, wait)
      }
      return { ...numbered, results }
    }),
  )
}

export const packedOf = ({ job, attempt, results }: ReadAttempt): PackedAttempt =>
  attemptOf(job, attempt, results.packed)

/**
 * Attempts of the same commit in other pipelines, such as child pipelines or one that was started again: where a job
 * failed here or there, all of its attempts are evidence.
 */
export async function readOtherPipelines(
  read: Readers,
  { project, sha, id: pipeline }: Job['pipeline'],
  own: readonly ReadAttempt[],
): Promise<PackedAttempt[]> {
  const others = (await read.results.ofCommit(project, sha)).filter((job) => job.pipeline !== pipeline)
  if (others.length === 0) return []
  const failed = new Set([
    ...own.filter(({ results }) => results.failed > 0).map(({ job }) => suiteOfJob(job.name)),
    ...others.filter((job) => job.failed > 0).map(({ name }) => suiteOfJob(name)),
  ])
  const wanted = others.filter(({ name }) => failed.has(suiteOfJob(name)))
  const newest = wanted.toSorted((one, other) => other.id - one.id).slice(0, othersRead)
  const found = await Promise.all(
    newest.map(async (job) => ({ job, results: await read.results.kept(project, job.id) })),
  )
  return found.flatMap(({ job, results }) => (results?.packed ? [otherAttempt(job, sha, wanted, results.packed)] : []))
}

function otherAttempt(job: CommitJob, sha: string, all: readonly CommitJob[], bytes: Uint8Array): PackedAttempt {
  const before = all.filter(({ name, pipeline, id }) => name === job.name && pipeline === job.pipeline && id < job.id)
  const { id, name, pipeline, failureReason } = job
  return { pipeline, sha, job: name, id, attempt: before.length + 1, failureReason, bytes }
}
