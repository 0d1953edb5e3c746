import type { Collector } from './collector.ts'
import { parseCount, parseLine, parseTime } from './numbers.ts'
import type { FileRecord } from './record.ts'
import type { FunctionCoverage } from './types.ts'
import type { Attributes, XmlHandler } from './xml-handler.ts'

const countIn = (attributes: Attributes, name: string): number | undefined => parseCount(attributes[name] ?? '0')

/** Whether the element could be read. */
const addLine = (record: FileRecord, attributes: Attributes): boolean => {
  const line = parseLine(attributes.nr ?? '')
  const [missed, covered] = [countIn(attributes, 'mi'), parseCount(attributes.ci ?? '')]
  const [missedArms, coveredArms] = [countIn(attributes, 'mb'), countIn(attributes, 'cb')]
  if (line === undefined || covered === undefined) return false
  if (missed === undefined || missedArms === undefined || coveredArms === undefined) return false
  record.line(line, covered)
  record.countedArms(line, coveredArms, coveredArms + missedArms)
  if (missed > 0) record.missedInstructions(line)
  return true
}

/** JaCoCo tells where methods start: they are taken to end before the next one. */
const withEnds = (functions: readonly FunctionCoverage[], lastLine: number): FunctionCoverage[] => {
  const starts = [...new Set(functions.map((one) => one.start))].sort((one, other) => one - other)
  const next = new Map(starts.map((start, index) => [start, (starts[index + 1] ?? lastLine + 1) - 1]))
  return functions.map((one) => ({ ...one, end: Math.max(one.start, next.get(one.start) ?? one.start) }))
}

type Package = { name: string; functions: Map<string, FunctionCoverage[]>; seen: Set<string> }
type SourceFile = { name: string; record: FileRecord | undefined; lastLine: number }

/** What is around the place that is read. */
type Place = {
  collector: Collector
  groups: string[]
  unit?: Package | undefined
  className?: string | undefined
  method?: FunctionCoverage | undefined
  file?: SourceFile | undefined
  timestamp: number
}

type Opener = (at: Place, attributes: Attributes) => void
type Closer = (at: Place) => void

const openSession: Opener = (at, { dump }) => {
  at.timestamp = Math.max(at.timestamp, parseTime(dump) ?? 0)
}

const openPackage: Opener = (at, { name = '' }) => {
  at.unit = { name, functions: new Map(), seen: new Set() }
}

const openClass: Opener = (at, { sourcefilename }) => {
  at.className = sourcefilename
}

const openMethod: Opener = (at, { name = '', line = '' }) => {
  const start = parseLine(line)
  at.method = start === undefined ? undefined : { name, start }
  const { unit, className, method } = at
  if (method === undefined || unit === undefined || className === undefined) return
  const known = unit.functions.get(className)
  if (known === undefined) unit.functions.set(className, [method])
  else known.push(method)
}

const openCounter: Opener = ({ method }, { type, covered = '' }) => {
  if (method !== undefined && type === 'METHOD') method.hits = parseCount(covered) ?? 0
}

const startFile = ({ collector, unit, groups }: Place, name: string): SourceFile => {
  unit?.seen.add(name)
  const path = unit === undefined || unit.name === '' ? name : `${unit.name}/${name}`
  const record = collector.open({
    path,
    ...(groups.length > 0 && { groups: [...groups] }),
    ...(unit !== undefined && { package: unit.name }),
  })
  return { name, record, lastLine: 0 }
}

const openFile: Opener = (at, { name = '' }) => {
  at.file = startFile(at, name)
}

const openLine: Opener = ({ collector, file }, attributes) => {
  if (file === undefined) return
  file.lastLine = Math.max(file.lastLine, parseLine(attributes.nr ?? '') ?? 0)
  if (file.record === undefined || addLine(file.record, attributes)) return
  collector.warn(`A line of ${file.name} (nr="${attributes.nr}") cannot be read and is skipped`)
}

const closeFile: Closer = (at) => {
  const { collector, file, unit } = at
  if (file?.record !== undefined) {
    const functions = withEnds(unit?.functions.get(file.name) ?? [], file.lastLine)
    for (const found of functions) file.record.function(found)
  }
  collector.close()
  at.file = undefined
}

/** Without debug information there are classes, but no source files with lines. */
const closePackage: Closer = (at) => {
  const { collector, unit } = at
  for (const name of unit?.functions.keys() ?? []) if (!unit?.seen.has(name)) startFile(at, name)
  collector.close()
  at.unit = undefined
}

const closeClass: Closer = (at) => {
  at.className = undefined
}

const closeMethod: Closer = (at) => {
  at.method = undefined
}

const openers: ReadonlyMap<string, Opener> = new Map([
  ['line', openLine],
  ['counter', openCounter],
  ['method', openMethod],
  ['class', openClass],
  ['sourcefile', openFile],
  ['package', openPackage],
  ['group', (at: Place, { name = '' }: Attributes) => void at.groups.push(name)],
  ['sessioninfo', openSession],
])

const closers: ReadonlyMap<string, Closer> = new Map([
  ['method', closeMethod],
  ['class', closeClass],
  ['sourcefile', closeFile],
  ['package', closePackage],
  ['group', (at: Place) => void at.groups.pop()],
])

/** Reads JaCoCo's XML (report.dtd 1.1): methods are told by class, lines by source file. */
export const createJacocoHandler = (collector: Collector): XmlHandler => {
  const at: Place = { collector, groups: [], timestamp: 0 }
  return {
    open: (name, attributes) => openers.get(name)?.(at, attributes),
    close: (name) => closers.get(name)?.(at),
    finish: () => collector.report('jacoco', { maker: 'jacoco', ...(at.timestamp > 0 && { timestamp: at.timestamp }) }),
  }
}
