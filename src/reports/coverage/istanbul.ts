import type { Collector } from './collector.ts'
import { asArray, asObject, asText } from './json-shapes.ts'
import { countOf, isLine } from './numbers.ts'
import { maximumOfLine } from './packed.ts'
import type { FileRecord } from './record.ts'
import type { FunctionCoverage } from './types.ts'

type JsonObject = Record<string, unknown>

/** The members of a file coverage that matter here; some tools wrap them in `data`. */
export const ISTANBUL_KEYS: ReadonlySet<string> = new Set(['statementMap', 'fnMap', 'branchMap', 's', 'f', 'b', 'data'])

const lineAt = (position: unknown): number | undefined => {
  const line = asObject(position)?.line
  return typeof line === 'number' && isLine(line) ? line : undefined
}

const startOf = (location: unknown): number | undefined => lineAt(asObject(location)?.start)
const endOf = (location: unknown): number | undefined => lineAt(asObject(location)?.end)

const members = (value: unknown): [string, unknown][] => Object.entries(asObject(value) ?? {})

/** A line ran as often as the statement on it that ran most; only the line on which a statement starts counts. */
const addStatements = (record: FileRecord, file: JsonObject): void => {
  const counts = asObject(file.s) ?? {}
  for (const [id, location] of members(file.statementMap)) {
    const [line, hits] = [startOf(location), countOf(counts[id])]
    if (line !== undefined && hits !== undefined) record.line(line, hits)
  }
}

const functionOf = (entry: JsonObject, hits: number | undefined): FunctionCoverage | undefined => {
  const start = startOf(entry.decl) ?? startOf(entry.loc) ?? lineAt(entry)
  const end = endOf(entry.loc)
  if (start === undefined) return undefined
  return {
    name: asText(entry.name) ?? '',
    start,
    ...(end !== undefined && end >= start && { end }),
    ...(hits !== undefined && { hits }),
  }
}

const addFunctions = (record: FileRecord, file: JsonObject): void => {
  const counts = asObject(file.f) ?? {}
  for (const [id, entry] of members(file.fnMap)) {
    const found = functionOf(asObject(entry) ?? {}, countOf(counts[id]))
    if (found !== undefined) record.function(found)
  }
}

/** Where a branch starts tells it from others on its line, in whatever order the report lists them. */
const placeOf = (entry: JsonObject): string => {
  const start = asObject(asObject(entry.loc)?.start)
  return `${String(entry.type)} ${String(start?.column)}`
}

const addBranches = (record: FileRecord, file: JsonObject): void => {
  const counts = asObject(file.b) ?? {}
  for (const [id, value] of members(file.branchMap)) {
    const entry = asObject(value) ?? {}
    const line = startOf(entry.loc) ?? lineAt(entry) ?? startOf(asArray(entry.locations)[0])
    if (line === undefined) continue
    for (const [index, count] of asArray(counts[id]).entries()) {
      const taken = countOf(count)
      if (taken !== undefined) record.arm(line, `${placeOf(entry)} ${index}`, taken > 0)
    }
  }
}

/** Adds one file of istanbul's coverage-final.json (istanbul-lib-coverage, FileCoverage). */
export const addIstanbulFile = (collector: Collector, path: string, members: JsonObject): void => {
  const file = asObject(members.data) ?? members
  const record = collector.open({ path }, { combine: maximumOfLine, declares: true })
  if (record !== undefined) {
    if (asObject(file.statementMap) === undefined) collector.warn(`${path} has no statementMap`)
    addStatements(record, file)
    addFunctions(record, file)
    addBranches(record, file)
  }
  collector.close()
}
