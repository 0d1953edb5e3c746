import { posix } from 'node:path'
import type { Readable } from 'node:stream'
import { setImmediate } from 'node:timers/promises'
import type { Job } from '../../src/gitlab/types.ts'
import type { ArtifactReader } from '../../src/reports/artifacts/reader.ts'
import type { ArtifactOutcome, ArtifactProblemKind } from '../../src/reports/artifacts/types.ts'
import { readCoverage } from '../../src/reports/coverage/read.ts'
import type { NamedReport } from './judge/types.ts'

/** A monorepo may have one for each module; thousands of them are a mistake in the patterns. */
const mostReports = 1_000

export type ReadReports = {
  reports: NamedReport[]
  /** Jobs that left none, and why. */
  without: { job: string; status: Job['status']; why: string }[]
}

/** Reads all coverage reports in the artifacts of these jobs, one job after the other: reports are large. */
export async function readReports(
  jobs: readonly Job[],
  patterns: readonly string[],
  wants: (path: string) => boolean,
  artifacts: ArtifactReader,
): Promise<ReadReports> {
  const found: ReadReports = { reports: [], without: [] }
  for (const job of jobs) {
    const before = found.reports.length
    const outcome = await artifacts.readMatching(job, patterns, async (file) => {
      if (found.reports.length >= mostReports) return
      const read = await readCoverage(withPauses(await file.open()), { wants })
      found.reports.push(named(job, file.path, read))
    })
    found.reports.push(...unreadableFiles(job, outcome))
    if (found.reports.length === before)
      found.without.push({ job: job.name, status: job.status, why: whyNone(outcome) })
  }
  return found
}

/** Lets other work come between the pieces: unpacked from memory they would come without any pause. */
async function* withPauses(stream: Readable): AsyncGenerator<Buffer> {
  for await (const piece of stream) {
    yield piece
    await setImmediate()
  }
}

const named = (job: Job, path: string, read: NamedReport['read']): NamedReport => {
  const directory = posix.dirname(path)
  return { name: `${job.name}: ${path}`, directory: directory === '.' ? '' : directory, read }
}

/** They may stand for anything, and nothing is lost without them. */
const harmless: ReadonlySet<ArtifactProblemKind> = new Set(['unsafe_name', 'link', 'repeated'])

/** What the archive holds but cannot be unpacked is a report all the same, and a broken one. */
const unreadableFiles = (job: Job, { problems }: ArtifactOutcome): NamedReport[] =>
  problems.flatMap(({ path, what, why }) =>
    path === null || harmless.has(what)
      ? []
      : named(job, path, { outcome: 'unreadable', reason: 'malformed', message: why }),
  )

function whyNone({ problems, state }: ArtifactOutcome): string {
  const [problem] = problems
  if (problem) return problem.why
  return state === 'read' ? 'no file of its artifacts is named like a report' : 'its artifacts cannot be read'
}
