/** The formats told apart by content; `simplecov-resultset` is raw, so skip markers in the source still apply to it. */
export type CoverageFormat =
  | 'lcov'
  | 'cobertura'
  | 'jacoco'
  | 'clover'
  | 'istanbul'
  | 'simplecov'
  | 'simplecov-resultset'
  | 'go'

/** A function as a report describes it; lines are 1-based, `hits` counts calls and is absent when the report has none. */
export type FunctionCoverage = { name: string; start: number; end?: number; hits?: number }

/** Arms of the branches on one line. */
export type BranchCount = { missed: number; total: number }

/** The lines of one file, packed as numbers (packed.ts) so that a report of 100 MB stays small in memory. */
export type FileData = {
  /** Measured lines with their hits, ascending. */
  readonly lines: Float64Array
  /** Branch arms with their line, their identity on it and whether they were taken, ascending. */
  readonly arms: Float64Array
  readonly excluded: readonly number[]
  readonly functions: readonly FunctionCoverage[]
  readonly lastLine: number
  /** 0 when unknown. */
  readonly fileLength: number
}

/**
 * What is known of one file's lines: from one report, or united from several.
 * Measured lines include function declaration lines without an entry of their own, which carry the call count.
 */
export type FileCoverage = {
  /** Runs of a line, saturating at 4294967295; undefined when the line is not measured. */
  hitsAt(line: number): number | undefined
  /** Branch arms of a line, which need not be a measured one (SimpleCov); undefined without branch data. */
  branchesAt(line: number): BranchCount | undefined
  /** A measured line with hits of which a branch arm (or, in JaCoCo, an instruction) never ran. */
  isPartial(line: number): boolean
  /** Lines with branch data, ascending. */
  branchLines(): IterableIterator<number>
  /** Left out by the report itself ("ignored" in SimpleCov JSON) and measured by no other report. */
  isExcluded(line: number): boolean
  /** Measured lines, ascending. */
  measuredLines(): IterableIterator<number>
  readonly measuredCount: number
  /** Measured lines with at least one hit. */
  readonly coveredCount: number
  /** Ascending. */
  readonly excludedLines: readonly number[]
  /** Sorted by start, then name. */
  readonly functions: readonly FunctionCoverage[]
  /** The greatest line the reports mention in any way, 0 for none. */
  readonly lastLine: number
  /** Lines the file had when it was measured, if a report tells (SimpleCov); 0 when unknown. */
  readonly fileLength: number
  /** The packed form, for uniting. */
  readonly data: FileData
}

/** One file of one report, under the name the report gives it. */
export type ReportFile = {
  /** As written; for JaCoCo package/sourcefile. */
  path: string
  /** JaCoCo: names of the groups (modules) around the package, the outermost first. */
  groups?: readonly string[]
  /** JaCoCo and Cobertura: name of the package. */
  package?: string
  /** Cobertura: ordinal of the package element; the same path in two packages may be two files of the repository. */
  packageIndex?: number
  /** Absent for a file that `wants` refused: only its path is kept. */
  coverage?: FileCoverage
}

/** A file filter that the report declares (`meta.ignored_files` of SimpleCov); `regex` is source text, never compiled here. */
export type IgnoredFileFilter = { kind: 'file' | 'string' | 'regex'; value: string }

/** A report that could be read; it may still list no file at all. */
export type CoverageReport = {
  format: CoverageFormat
  /** Who wrote it, if it tells: `istanbul`, `phpunit`, `openclover`, … */
  maker?: string
  /** Roots the paths are relative to (Cobertura `source`), trimmed, otherwise as written. */
  sources: string[]
  /** Each (path, groups, packageIndex) once. */
  files: ReportFile[]
  ignoredFiles: IgnoredFileFilter[]
  /** Milliseconds since the epoch, when the report says when it was made. */
  timestamp?: number
  /** The commit the report says it was made of. */
  commit?: string
  /** What was skipped, at most a few dozen sentences. */
  warnings: string[]
}

export type UnreadableReason = 'empty' | 'unknown-format' | 'malformed' | 'too-large' | 'missing'

/** Reading never throws for the content of a report. */
export type ReadOutcome =
  | { outcome: 'read'; report: CoverageReport }
  | {
      outcome: 'unreadable'
      reason: UnreadableReason
      /** A sentence for people. */
      message: string
      /** 1-based line of the report at which reading stopped, when known. */
      line?: number
    }

export type ReadOptions = {
  /** Lines are kept only of files whose path, as the report writes it, it accepts; all paths are listed. Default: all. */
  wants?(path: string): boolean
  /** Bytes after decompression; default 100 MB. */
  maxBytes?: number
}
