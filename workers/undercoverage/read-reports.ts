import { posix } from 'node:path'
import type { Job } from '../../src/gitlab/types.ts'
import type { ArtifactReader } from '../../src/reports/artifacts/reader.ts'
import type { ArtifactOutcome, ArtifactProblemKind } from '../../src/reports/artifacts/types.ts'
import type { BrokenReport, CoverageReading, ReportName } from './reports/types.ts'

/** A monorepo may have one for each module; thousands of them are a mistake in the patterns. */
const mostReports = 1_000

export type FoundReports = {
  count: number
  /** Jobs that left none, and why. */
  without: { job: string; status: Job['status']; why: string }[]
}

/** Reads all coverage reports in the artifacts of these jobs, one job after the other: reports are large. */
export async function readReports(
  jobs: readonly Job[],
  patterns: readonly string[],
  reading: CoverageReading,
  artifacts: ArtifactReader,
): Promise<FoundReports> {
  const found: FoundReports = { count: 0, without: [] }
  for (const job of jobs) {
    const before = found.count
    const outcome = await artifacts.readMatching(job, patterns, async (file) => {
      if (found.count >= mostReports) return
      found.count += 1
      await reading.add(nameOf(job, file.path), file)
    })
    const broken = brokenReports(job, outcome)
    for (const report of broken) await reading.addBroken(report)
    found.count += broken.length
    if (found.count === before) found.without.push({ job: job.name, status: job.status, why: whyNone(outcome) })
  }
  return found
}

const nameOf = (job: Job, path: string): ReportName => {
  const directory = posix.dirname(path)
  return { name: `${job.name}: ${path}`, directory: directory === '.' ? '' : directory }
}

/** They may stand for anything, and nothing is lost without them. */
const harmless: ReadonlySet<ArtifactProblemKind> = new Set(['unsafe_name', 'link', 'repeated'])

/** What the archive holds but cannot be unpacked is a report all the same, and a broken one. */
const brokenReports = (job: Job, { problems }: ArtifactOutcome): BrokenReport[] =>
  problems.flatMap(({ path, what, why }) =>
    path === null || harmless.has(what)
      ? []
      : { ...nameOf(job, path), read: { outcome: 'unreadable', reason: 'malformed', message: why } },
  )

function whyNone({ problems, state }: ArtifactOutcome): string {
  const [problem] = problems
  if (problem) return problem.why
  return state === 'read' ? 'no file of its artifacts is named like a report' : 'its artifacts cannot be read'
}
