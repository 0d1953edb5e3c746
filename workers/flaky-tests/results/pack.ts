import { deflateRawSync, inflateRawSync } from 'node:zlib'
import type { AttemptResults, Packed, UnreadReport } from './types.ts'

/** Fast: results are kept for hours, and read several times. */
const level = 1
const problemsKept = 20

/** Runs in the thread. */
export const packResults = (results: AttemptResults): Packed => {
  const outcomes = results.reports.flatMap((report) => report.outcomes)
  return {
    bytes: deflateRawSync(JSON.stringify(results), { level }),
    tests: outcomes.length,
    failed: outcomes.filter(({ status }) => status === 'failed').length,
    problems: problemsOf(results).slice(0, problemsKept),
  }
}

const problemsOf = ({ reports }: AttemptResults): UnreadReport[] =>
  reports.flatMap(({ path, problems }) => problems.map(({ kind, detail }) => ({ path, kind, detail })))

export const unpackResults = (bytes: Uint8Array): AttemptResults =>
  JSON.parse(inflateRawSync(bytes).toString('utf8')) as AttemptResults
