import { excludeLines } from '../../../src/reports/coverage/file-coverage.ts'
import type { FileCoverage } from '../../../src/reports/coverage/types.ts'
import { judgeFunctions } from './judge-functions.ts'
import { exclusionsIn } from './markers.ts'
import type { ScopedFile } from './scope.ts'
import type { SourceFile } from './source-file.ts'
import type { FileFinding, GateOptions } from './types.ts'

/** What is known of the text of a changed file. */
export type Text = {
  /** The text at the head, or what the diff of a new file tells of it. */
  source: SourceFile | null
  /** Whether it comes from the head itself, which alone proves that blank lines are measured. */
  fromHead: boolean
}

/** Judges the changed lines of one file that a report has. */
export function judgeFile(file: ScopedFile, reported: FileCoverage, text: Text, options: GateOptions): FileFinding {
  const exclusions = text.source && exclusionsIn(text.source, 'measured')
  const marked = [...(exclusions?.lines ?? [])].filter((line) => reported.hitsAt(line) !== undefined)
  const coverage = marked.length > 0 ? excludeLines(reported, marked) : reported
  const excluded = new Set(coverage.excludedLines)
  const skip = trivialLines(coverage, text)
  const lines = [...file.added.keys()].sort((one, other) => one - other)
  const judged = lines.filter((line) => !excluded.has(line) && !skip(line))
  const missed = judged.filter(
    (line) =>
      (coverage.branchesAt(line)?.missed ?? 0) > 0 && !exclusions?.branches.has(line) && coverage.hitsAt(line) !== 0,
  )
  const found = {
    uncovered: judged.filter((line) => coverage.hitsAt(line) === 0),
    partial: judged.filter((line) => coverage.isPartial(line) && !exclusions?.branches.has(line)),
  }
  return {
    path: file.path,
    changed: lines.length,
    ...found,
    covered: judged.filter((line) => (coverage.hitsAt(line) ?? 0) > 0),
    missedBranches: [...new Set([...missed, ...found.partial])].sort((one, other) => one - other),
    excluded: lines.filter((line) => excluded.has(line)),
    ...judgeFunctions({ file, coverage, source: text.source, methods: options.methods, judged, ...found }),
  }
}

/**
 * Makers that measure every physical line (V8, some of Go and LLVM) give blank lines and brackets an entry, too; there such
 * lines say nothing. Other makers measure no such line without a reason.
 */
function trivialLines(coverage: FileCoverage, text: Text): (line: number) => boolean {
  const { source, fromHead } = text
  if (!source || !fromHead) return () => false
  const dense = [...coverage.measuredLines()].some((line) => ['blank', 'comment'].includes(source.kindAt(line)))
  return dense ? (line) => ['blank', 'comment', 'trivial'].includes(source.kindAt(line)) : () => false
}
