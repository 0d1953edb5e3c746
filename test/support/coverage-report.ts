import { fileURLToPath } from 'node:url'
import { readCoverage } from '../../src/reports/coverage/read.ts'
import type { CoverageReport, FileCoverage, ReadOptions } from '../../src/reports/coverage/types.ts'

export const fixture = (name: string): string => fileURLToPath(new URL(`../fixtures/coverage/${name}`, import.meta.url))

/** The report, or an error that says why there is none. */
export const read = async (source: string | Uint8Array, options: ReadOptions = {}): Promise<CoverageReport> => {
  const result = await readCoverage(source, options)
  if (result.outcome !== 'read') throw new Error(`${result.reason}: ${result.message} (line ${result.line})`)
  return result.report
}

export const readText = (text: string, options: ReadOptions = {}): Promise<CoverageReport> =>
  read(Buffer.from(text), options)

/** `line:hits`, and `!missed/total` where arms are missed. */
export const shown = (coverage: FileCoverage | undefined): string | undefined =>
  coverage &&
  [...coverage.measuredLines()]
    .map((line) => {
      const arms = coverage.branchesAt(line)
      const missed = coverage.isPartial(line) ? `!${arms?.missed ?? 0}/${arms?.total ?? 0}` : ''
      return `${line}:${coverage.hitsAt(line)}${missed}`
    })
    .join(' ')

export const lines = (report: CoverageReport): Record<string, string | undefined> =>
  Object.fromEntries(report.files.map((file) => [file.path, shown(file.coverage)]))

export const functions = (report: CoverageReport) => report.files[0]?.coverage?.functions

/** A stream that gives every byte by itself. */
export async function* oneByOne(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  for (const byte of bytes) yield Uint8Array.of(byte)
}
