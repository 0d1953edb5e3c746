/** One file of a change, whatever form the diff came in. */
export type ChangedFile = {
  /** null for an added file. */
  oldPath: string | null
  /** null for a deleted file. */
  newPath: string | null
  kind: 'added' | 'modified' | 'renamed' | 'deleted'
  /** Only text has lines that a coverage report can know. */
  content: 'text' | 'binary' | 'submodule' | 'symlink'
  /** Added and rewritten lines of the new file, 1-based, with their text without line ending. */
  added: ReadonlyMap<number, string>
  /** Those of `added` that differ from a removed line of the same hunk in white space alone. */
  respaced: ReadonlySet<number>
}

/** A change as far as it could be read. */
export type Diff = {
  files: ChangedFile[]
  /** Files of which lines are missing; "" stands for the whole diff. */
  incomplete: { path: string; because: string }[]
  /** Oddities that did not keep the lines from being read. */
  warnings: string[]
}

/** What the hunks of one file say. */
export type HunkLines = {
  added: Map<number, string>
  respaced: Set<number>
  /** A sentence for each hunk whose header promises other counts than follow. */
  broken: string[]
}
