import { excludeLines } from '../../../src/reports/coverage/file-coverage.ts'
import type { CoverageReport, FileCoverage } from '../../../src/reports/coverage/types.ts'
import { uniteReports } from '../../../src/reports/coverage/unite.ts'
import { type MappedReport, mapReport } from './map-report.ts'
import { exclusionsIn } from './markers.ts'
import type { SourceFile } from './source-file.ts'
import { createTree } from './tree.ts'
import type { JudgeInput, NamedReport } from './types.ts'

/** One report that could be read, with its files found in the repository. */
export type PlacedReport = { name: string; directory: string; report: CoverageReport; found: MappedReport }

export type United = {
  placed: PlacedReport[]
  /** What all reports together say of each file they have. */
  coverage: ReadonlyMap<string, FileCoverage>
}

/**
 * Finds the files of all reports in the repository and unites what they say of the changed ones.
 *
 * @param changed paths of the changed source files
 */
export function uniteAll(
  input: JudgeInput,
  changed: ReadonlySet<string>,
  sourceOf: (path: string) => SourceFile | null,
): United {
  const tree = createTree(input.tree ?? input.diff.files.flatMap((file) => file.newPath ?? []))
  const placed = readable(input.reports).map(({ name, directory, report }) => ({
    name,
    directory,
    report,
    found: mapReport(report, { tree, checkout: input.checkout, directory }),
  }))
  const files = placed.flatMap(({ report, found }) =>
    found.mapped.flatMap(({ path, file }) =>
      file.coverage && changed.has(path)
        ? { path, coverage: counted(file.coverage, report, () => sourceOf(path)) }
        : [],
    ),
  )
  return { placed, coverage: uniteReports(files) }
}

const readable = (reports: readonly NamedReport[]) =>
  reports.flatMap(({ name, directory, read }) =>
    read.outcome === 'read' ? { name, directory, report: read.report } : [],
  )

/** SimpleCov's result set holds the counts from before its markers were applied. */
function counted(coverage: FileCoverage, report: CoverageReport, source: () => SourceFile | null): FileCoverage {
  const text = report.format === 'simplecov-resultset' ? source() : null
  if (!text) return coverage
  const lines = [...exclusionsIn(text, 'raw').lines].filter((line) => coverage.hitsAt(line) !== undefined)
  return lines.length > 0 ? excludeLines(coverage, lines) : coverage
}
