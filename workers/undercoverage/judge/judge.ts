import { posix } from 'node:path'
import { judgeFile, type Text } from './judge-file.ts'
import { familyOf } from './language.ts'
import { isMarker } from './markers.ts'
import { isMismatch } from './mismatch.ts'
import { excuseFor } from './missing.ts'
import { percentOf } from './percent.ts'
import { unixPath } from './report-path.ts'
import { reportFilter, type ScopedFile, scopeOf } from './scope.ts'
import { readSource } from './source-file.ts'
import type { FileFinding, JudgeInput, Judgement, MissingFile, ReportUse } from './types.ts'
import { type PlacedReport, uniteAll } from './unite-reports.ts'
import { conclude } from './verdict.ts'

/** Judges a change by the coverage of its lines. Pure but for `sourceOf`; neither the order of files nor of reports matters. */
export function judgeCoverage(input: JudgeInput): Judgement {
  const readable = input.reports.flatMap(({ read }) => (read.outcome === 'read' ? read.report : []))
  const scope = scopeOf(input.diff, readable, input)
  const texts = textsOf(input, scope.files)
  const changed = new Set(scope.files.map(({ path }) => path))
  const united = uniteAll(input, changed, (path) => texts(path).source)
  const files = scope.files.flatMap((file) => {
    const coverage = united.coverage.get(file.path)
    return coverage ? judgeFile(file, coverage, texts(file.path), input.options) : []
  })
  const isFiltered = reportFilter(readable.flatMap((report) => report.ignoredFiles))
  const absent = scope.files
    .filter((file) => !united.coverage.has(file.path))
    .map((file) => ({ file, because: excuseFor(file, texts(file.path).source, isFiltered) }))
  const reports = input.reports.map((report) => useOf(report, united.placed))
  const facts = {
    files,
    notInReport: absent.flatMap(({ file, because }) => (because === null ? missingFile(file, united.placed) : [])),
    excused: absent.flatMap(({ file, because }) => (because === null ? [] : { path: file.path, because })),
    ignored: scope.ignored,
    unmeasured: scope.unmeasured,
    excludedByThisChange: scope.files.flatMap(markersOf),
    ambiguous: united.placed.flatMap(({ found }) => found.ambiguous),
    reports,
    totals: totalsOf(files, scope.files),
    warnings: warningsOf(input, united.placed, reports),
  }
  return { ...facts, ...conclude(facts, { input, united, scope, texts }) }
}

/** Each text is asked for once. The text of a new file is in its diff, too, when the head is not at hand. */
function textsOf(input: JudgeInput, files: readonly ScopedFile[]): (path: string) => Text {
  const byPath = new Map(files.map((file) => [file.path, file]))
  const known = new Map<string, Text>()
  const read = (path: string): Text => {
    const head = input.sourceOf(path)
    const text = head ?? wholeText(byPath.get(path))
    return { source: text === null ? null : readSource(path, text), fromHead: head !== null }
  }
  return (path) => {
    const text = known.get(path) ?? read(path)
    known.set(path, text)
    return text
  }
}

function wholeText(file: ScopedFile | undefined): string | null {
  if (!file?.isNew) return null
  const lines = Array.from({ length: file.added.size }, (_, index) => file.added.get(index + 1))
  return lines.includes(undefined) ? null : lines.join('\n')
}

function missingFile(file: ScopedFile, placed: readonly PlacedReport[]): MissingFile {
  const about = { path: file.path, changed: file.added.size }
  const rival = placed.flatMap(({ found }) => found.ambiguous).find((one) => one.candidates.includes(file.path))
  if (rival) {
    const both = rival.candidates.map((path) => `\`${path}\``).join(' and ')
    const because = `\`${rival.reportPath}\` of the report fits ${both}, so it counts for neither`
    return { ...about, because, candidates: rival.candidates }
  }
  const name = posix.basename(file.path)
  const like = placed.flatMap(({ found }) => found.unmapped).find((path) => posix.basename(unixPath(path)) === name)
  const because = like
    ? `no test loads it, unless \`${like}\` in the report is meant, which fits no file`
    : 'no test loads it, or its path in the report did not match'
  return { ...about, because, candidates: [] }
}

function markersOf(file: ScopedFile): { path: string; lines: number[] }[] {
  const family = familyOf(file.path)
  const lines = [...file.added].flatMap(([line, text]) => (isMarker(text, family) ? line : []))
  return lines.length > 0 ? [{ path: file.path, lines: lines.sort((one, other) => one - other) }] : []
}

function useOf(report: JudgeInput['reports'][number], placed: readonly PlacedReport[]): ReportUse {
  const { name, read } = report
  if (read.outcome === 'unreadable') {
    const line = read.line === undefined ? '' : ` (line ${read.line})`
    return {
      name,
      format: null,
      files: 0,
      mapped: 0,
      unmapped: 0,
      problem: `${read.message.replace(/\.$/, '')}${line}`,
    }
  }
  const found = placed.find((one) => one.report === read.report)?.found
  const mapped = found?.mapped.length ?? 0
  const files = read.report.files.length
  return {
    name,
    format: read.report.format,
    files,
    mapped,
    unmapped: found?.unmapped.length ?? 0,
    problem: files === 0 ? 'it lists no file' : null,
  }
}

function totalsOf(files: readonly FileFinding[], scope: readonly ScopedFile[]): Judgement['totals'] {
  const sum = (count: (file: FileFinding) => number): number => files.reduce((total, file) => total + count(file), 0)
  const uncovered = sum((file) => file.uncovered.length)
  const covered = sum((file) => file.covered.length)
  return {
    changed: scope.reduce((total, file) => total + file.added.size, 0),
    measured: uncovered + covered,
    uncovered,
    covered,
    partial: sum((file) => file.partial.length),
    percent: percentOf(covered, uncovered + covered),
  }
}

function warningsOf(input: JudgeInput, placed: readonly PlacedReport[], uses: readonly ReportUse[]): string[] {
  const mismatches = input.tree === null ? [] : placed.filter(isMismatch)
  return [
    ...input.diff.warnings,
    ...uses.flatMap(({ name, problem }) => (problem === null ? [] : `${name}: ${problem}`)),
    ...placed.flatMap(({ name, report }) => report.warnings.map((warning) => `${name}: ${warning}`)),
    ...mismatches.map(
      ({ name, found, report }) =>
        `${name}: ${found.unmapped.length} of ${report.files.length} files are not in the repository`,
    ),
  ]
}
