import { RE2JS, RE2JSException } from 're2js'
import type { CoverageReport, IgnoredFileFilter } from '../../../src/reports/coverage/types.ts'
import type { ChangedFile, Diff } from '../../../src/reports/diff/types.ts'
import { familyOf, kindOfFile } from './language.ts'

/** A file of the change with the lines that are to be judged. */
export type ScopedFile = {
  path: string
  /** Changed lines with their text. */
  added: ReadonlyMap<number, string>
  /** The whole file is new, so its changed lines are its text. */
  isNew: boolean
}

export type ScopeOptions = {
  /** Files that need no test. */
  isIgnored(path: string): boolean
  /** Whether lines that changed in white space alone count; default true. */
  ignoreWhitespace?: boolean
}

export type Scope = {
  /** Changed source files, sorted by path. */
  files: ScopedFile[]
  /** Changed files that are not judged. */
  ignored: string[]
  /** Those of them that are source files nobody asked to ignore: of kinds that no report at hand measures. */
  unmeasured: string[]
  /** Whether a file with this path would be judged. */
  concerns(path: string): boolean
}

/** Source files are those of the kinds that a report measures. */
export function scopeOf(diff: Diff, reports: readonly CoverageReport[], options: ScopeOptions): Scope {
  const kinds = new Set(
    reports.flatMap((report) => report.files.map((file) => kindOfFile(file.path.replaceAll('\\', '/')))),
  )
  const concerns = (path: string): boolean => kinds.has(kindOfFile(path)) && !options.isIgnored(path)
  const files = new Map<string, ScopedFile>()
  const ignored = new Set<string>()
  const unmeasured = new Set<string>()
  for (const file of diff.files) {
    const path = file.newPath
    if (path === null || file.content !== 'text' || file.added.size === 0) continue
    if (!concerns(path)) {
      ignored.add(path)
      if (!options.isIgnored(path) && familyOf(path) !== 'other') unmeasured.add(path)
      continue
    }
    const added = new Map([...(files.get(path)?.added ?? []), ...linesOf(file, options.ignoreWhitespace ?? false)])
    if (added.size > 0) files.set(path, { path, added, isNew: file.kind === 'added' })
  }
  return {
    files: [...files.values()].sort((one, other) => compare(one.path, other.path)),
    ignored: [...ignored].sort(compare),
    unmeasured: [...unmeasured].sort(compare),
    concerns,
  }
}

export const compare = (one: string, other: string): number => (one < other ? -1 : Number(one > other))

const linesOf = (file: ChangedFile, ignoreWhitespace: boolean): Iterable<[number, string]> =>
  ignoreWhitespace ? [...file.added].filter(([line]) => !file.respaced.has(line)) : file.added

/** Files that the report itself declares to leave out; all but exact paths are compared with a slash in front (SimpleCov). */
export function reportFilter(filters: readonly IgnoredFileFilter[]): (path: string) => boolean {
  const tests = filters.map(({ kind, value }): ((path: string) => boolean) => {
    if (kind === 'file') return (path) => path === value.replace(/^\//, '') || value.endsWith(`/${path}`)
    if (kind === 'string') return (path) => value !== '' && `/${path}`.includes(value)
    const pattern = compiled(value)
    return (path) => pattern?.test(`/${path}`) === true
  })
  return (path) => tests.some((test) => test(path))
}

/** Ruby's anchors are RE2's under other names; what RE2 cannot do filters nothing. */
function compiled(value: string): RE2JS | null {
  try {
    return RE2JS.compile(value.replaceAll('\\Z', '\\z'))
  } catch (error) {
    if (error instanceof RE2JSException) return null
    throw error
  }
}
