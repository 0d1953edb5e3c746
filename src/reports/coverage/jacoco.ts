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

/** Reads JaCoCo's XML (report.dtd 1.1): methods are told by class, lines by source file. */
export const createJacocoHandler = (collector: Collector): XmlHandler => {
  const groups: string[] = []
  let unit: Package | undefined
  let className: string | undefined
  let method: FunctionCoverage | undefined
  let file: SourceFile | undefined
  let timestamp: number | undefined

  const openFile = (name: string): SourceFile => {
    unit?.seen.add(name)
    const path = unit === undefined || unit.name === '' ? name : `${unit.name}/${name}`
    const record = collector.open({
      path,
      ...(groups.length > 0 && { groups: [...groups] }),
      ...(unit !== undefined && { package: unit.name }),
    })
    return { name, record, lastLine: 0 }
  }

  const openLine = (attributes: Attributes): void => {
    if (file === undefined) return
    file.lastLine = Math.max(file.lastLine, parseLine(attributes.nr ?? '') ?? 0)
    if (file.record === undefined || addLine(file.record, attributes)) return
    collector.warn(`A line of ${file.name} (nr="${attributes.nr}") cannot be read and is skipped`)
  }

  const openMethod = (attributes: Attributes): void => {
    const start = parseLine(attributes.line ?? '')
    method = start === undefined ? undefined : { name: attributes.name ?? '', start }
    if (method === undefined || unit === undefined || className === undefined) return
    const known = unit.functions.get(className)
    if (known === undefined) unit.functions.set(className, [method])
    else known.push(method)
  }

  const open = (name: string, attributes: Attributes): void => {
    if (name === 'line') openLine(attributes)
    if (name === 'group') groups.push(attributes.name ?? '')
    if (name === 'package') unit = { name: attributes.name ?? '', functions: new Map(), seen: new Set() }
    if (name === 'class') className = attributes.sourcefilename
    if (name === 'method') openMethod(attributes)
    if (name === 'sourcefile') file = openFile(attributes.name ?? '')
    if (name === 'sessioninfo') timestamp = Math.max(timestamp ?? 0, parseTime(attributes.dump) ?? 0)
    if (name !== 'counter' || method === undefined || attributes.type !== 'METHOD') return
    method.hits = parseCount(attributes.covered ?? '') ?? 0
  }

  const closeFile = (): void => {
    if (file?.record !== undefined) {
      const functions = withEnds(unit?.functions.get(file.name) ?? [], file.lastLine)
      for (const found of functions) file.record.function(found)
    }
    collector.close()
    file = undefined
  }

  /** Without debug information there are classes, but no source files with lines. */
  const closePackage = (): void => {
    for (const name of unit?.functions.keys() ?? []) if (!unit?.seen.has(name)) openFile(name)
    collector.close()
    unit = undefined
  }

  const close = (name: string): void => {
    if (name === 'group') groups.pop()
    if (name === 'package') closePackage()
    if (name === 'class') className = undefined
    if (name === 'method') method = undefined
    if (name === 'sourcefile') closeFile()
  }

  return { open, close, finish: () => collector.report('jacoco', { maker: 'jacoco', ...(timestamp && { timestamp }) }) }
}
