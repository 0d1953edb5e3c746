import type { ReportMeta } from './collector.ts'
import { asArray, asObject, asText } from './json-shapes.ts'
import { countOf, isLine, parseTime } from './numbers.ts'
import type { FileRecord } from './record.ts'
import { addResultsetBranches, addResultsetMethods } from './simplecov-keys.ts'
import type { IgnoredFileFilter } from './types.ts'

const MAX_FILTERS = 1000

/** Only integers are measured: null is no code, "ignored" was skipped by a marker. */
const addLines = (record: FileRecord, lines: readonly unknown[]): void => {
  record.length(lines.length)
  for (const [index, value] of lines.entries()) {
    const hits = countOf(value)
    if (!isLine(index + 1)) return
    if (hits !== undefined) record.line(index + 1, hits)
    if (value === 'ignored') record.exclude(index + 1)
  }
}

const lineIn = (value: unknown): number | undefined => (typeof value === 'number' && isLine(value) ? value : undefined)

/** Arms as SimpleCov's JSON lists them, without columns; they count on the line SimpleCov reports them on. */
const addBranches = (record: FileRecord, branches: readonly unknown[]): void => {
  const repeated = new Map<string, number>()
  for (const value of branches) {
    const arm = asObject(value) ?? {}
    const line = lineIn(arm.report_line) ?? lineIn(arm.start_line)
    const taken = countOf(arm.coverage)
    if (line === undefined || taken === undefined) continue
    const place = `${String(arm.type)} ${String(arm.start_line)} ${String(arm.end_line)}`
    const ordinal = repeated.get(place) ?? 0
    repeated.set(place, ordinal + 1)
    record.arm(line, `${place} ${ordinal}`, taken > 0)
  }
}

const addMethods = (record: FileRecord, methods: readonly unknown[]): void => {
  for (const value of methods) {
    const method = asObject(value) ?? {}
    const [start, end] = [lineIn(method.start_line), lineIn(method.end_line)]
    const hits = countOf(method.coverage)
    if (start === undefined || hits === undefined) continue
    record.function({ name: asText(method.name) ?? '', start, ...(end !== undefined && { end }), hits })
  }
}

/** Adds one file of SimpleCov's coverage.json or .resultset.json; whether it could be read. Old versions list bare lines. */
export const addSimplecovFile = (record: FileRecord, value: unknown): boolean => {
  const file = asObject(value) ?? { lines: value }
  const { lines, branches, methods } = file
  if (!Array.isArray(lines)) return false
  addLines(record, lines)
  if (Array.isArray(branches)) addBranches(record, branches)
  else addResultsetBranches(record, asObject(branches) ?? {})
  if (Array.isArray(methods)) addMethods(record, methods)
  else addResultsetMethods(record, asObject(methods) ?? {})
  return true
}

const filterOf = (value: unknown): IgnoredFileFilter[] => {
  const entry = asObject(value) ?? {}
  return (['file', 'string', 'regex'] as const).flatMap((kind) => {
    const text = asText(entry[kind])
    return text === undefined ? [] : [{ kind, value: text }]
  })
}

/** What SimpleCov says of the whole run. */
export const readSimplecovMeta = (meta: Record<string, unknown>): ReportMeta => {
  const { simplecov_root: simplecovRoot, timestamp: made, root = simplecovRoot, commit } = meta
  const timestamp = typeof made === 'number' || typeof made === 'string' ? parseTime(made) : undefined
  return {
    maker: 'simplecov',
    sources: typeof root === 'string' && root !== '' ? [root] : [],
    ignoredFiles: asArray(meta.ignored_files).slice(0, MAX_FILTERS).flatMap(filterOf),
    ...(timestamp !== undefined && { timestamp }),
    ...(typeof commit === 'string' && commit !== '' && { commit }),
  }
}
