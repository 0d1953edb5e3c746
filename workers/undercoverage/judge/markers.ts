import type { Family } from './language.ts'
import { pragmaLines } from './pragma.ts'
import type { SourceFile } from './source-file.ts'

/** What skip markers in a source take out of the measure. */
export type Exclusions = {
  lines: ReadonlySet<number>
  /** Lines on which a missed branch does not count. */
  branches: ReadonlySet<number>
}

/**
 * - `measured`: the report's maker applied its own markers, only those that makers leave to others count.
 * - `raw`: counts from before Ruby's markers were applied.
 * - `absent`: no report has the file, so every marker counts.
 */
export type MarkerMode = 'measured' | 'raw' | 'absent'

type Ranges = { lines: Set<number>; branches: Set<number> }
type Reader = (lines: readonly string[], into: Ranges) => void

/** lcov's and gcovr's markers, applied when the maker is geninfo or gcovr, but not by llvm-cov and others. */
const gcovFamilies: readonly Family[] = ['c', 'rust', 'keyword', 'other']

export function exclusionsIn(source: SourceFile, mode: MarkerMode): Exclusions {
  const found: Ranges = { lines: new Set(), branches: new Set() }
  for (const reader of readersOf(source.family, mode)) reader(source.lines, found)
  if (mode === 'absent') for (const line of pragmaLines(source)) found.lines.add(line)
  return found
}

function readersOf(family: Family, mode: MarkerMode): Reader[] {
  if (family === 'ruby' && mode !== 'measured') return [readNocov, readSimplecov]
  if (family === 'script') return mode === 'absent' ? [readIgnores, readWholeFile] : [readIgnores]
  return gcovFamilies.includes(family) ? [readGcov] : []
}

function readGcov(lines: readonly string[], into: Ranges): void {
  const open = { lines: false, branches: false }
  for (const [index, line] of lines.entries()) {
    const found = /(?:LCOV|GCOVR?)_(EXCL|UNREACHABLE)_(BR_)?(LINE|START|STOP)/.exec(line)
    const kind = found?.[2] ? 'branches' : 'lines'
    if (found?.[3] === 'START') open[kind] = true
    if (found?.[3] === 'STOP') open[kind] = false
    if (open.lines || (found?.[3] === 'LINE' && kind === 'lines')) into.lines.add(index + 1)
    if (open.branches || (found?.[3] === 'LINE' && kind === 'branches')) into.branches.add(index + 1)
  }
}

/** A pair of marks; a single one runs to the end of the file. */
function readNocov(lines: readonly string[], into: Ranges): void {
  let open = false
  for (const [index, line] of lines.entries()) {
    const mark = /^\s*#\s*:nocov:/.test(line)
    if (open || mark) into.lines.add(index + 1)
    if (mark) open = !open
  }
}

/** `# simplecov:disable [line|branch|method]` … `enable`; behind code it is for that line alone. */
function readSimplecov(lines: readonly string[], into: Ranges): void {
  const open = { line: false, branch: false }
  for (const [index, line] of lines.entries()) {
    const found = /#\s*simplecov:(disable|enable)\b([ \w,]*)/.exec(line)
    const on = found?.[1] === 'disable'
    const inline = found !== null && line.slice(0, found.index).trim() !== ''
    const hits = (what: 'line' | 'branch'): boolean => {
      const named = (found?.[2] ?? '').split(/[ ,]+/).filter((word) => ['line', 'branch', 'method'].includes(word))
      const meant = found !== null && (named.length === 0 || named.includes(what))
      if (meant && !inline) open[what] = on
      return open[what] || (meant && on)
    }
    if (hits('line')) into.lines.add(index + 1)
    if (hits('branch')) into.branches.add(index + 1)
  }
}

/** V8's markers: c8 counts their lines as run, so they would stand as covered. */
function readIgnores(lines: readonly string[], into: Ranges): void {
  let open = false
  for (const [index, line] of lines.entries()) {
    const found =
      /\/[*/]\s*(?:[cv]8|node:coverage)\s+(ignore\s+(?:next|start|stop)|disable|enable)(?:\s+(\d{1,6}))?/.exec(line)
    const [, mark = '', count] = found ?? []
    if (mark.endsWith('start') || mark === 'disable') open = true
    if (open) into.lines.add(index + 1)
    if (mark.endsWith('stop') || mark === 'enable') open = false
    if (!mark.endsWith('next')) continue
    const alone = line.slice(0, found?.index).trim() === ''
    if (!alone) into.lines.add(index + 1)
    const following = alone ? Math.min(Number(count ?? 1), lines.length) : 0
    for (let line = index + 2; line < index + 2 + following; line += 1) into.lines.add(line)
  }
}

function readWholeFile(lines: readonly string[], into: Ranges): void {
  if (!lines.some((line) => /\/[*/]\s*(?:istanbul|[cv]8)\s+ignore\s+file\b/.test(line))) return
  for (const [index] of lines.entries()) into.lines.add(index + 1)
}

const anyMarker: Partial<Record<Family, RegExp>> = {
  ruby: /#\s*(?::nocov:|simplecov:disable)/,
  script: /\/[*/]\s*(?:istanbul\s+ignore\s+\w|[cv]8\s+ignore\s+\w|node:coverage\s+(?:ignore|disable))/,
  python: /#\s*pragma:?\s*no\s*(?:cover|branch)/i,
  php: /@codeCoverageIgnore/,
}
const gcovMarker = /(?:LCOV|GCOVR?)_(?:EXCL|UNREACHABLE)_(?:[A-Z]+_)*(?:LINE|START)/

/** Whether a line asks for code to be left out of the measure, by whatever tool. Markers that only end a range do not. */
export const isMarker = (line: string, family: Family): boolean =>
  anyMarker[family]?.test(line) === true || (gcovFamilies.includes(family) && gcovMarker.test(line))
