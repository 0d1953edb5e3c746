import { createCoberturaClass } from './cobertura-class.ts'
import type { Collector } from './collector.ts'
import { ReportError } from './errors.ts'
import { isLine, parseCount, parseTime } from './numbers.ts'
import type { Attributes, XmlHandler } from './xml-handler.ts'

/** GitLab looks at no more either. */
const MAX_SOURCES = 100
const MAX_SOURCE_LENGTH = 4096

/** A line that cannot be understood makes the whole report doubtful; GitLab refuses it too. */
const readLine = (attributes: Attributes, line: () => number) => {
  const number = parseCount(attributes.number ?? '')
  const hits = parseCount(attributes.hits ?? '')
  if (number !== undefined && hits !== undefined) return { number, hits }
  const missing = number === undefined ? 'number' : 'hits'
  throw new ReportError('malformed', `A line element has no usable "${missing}" attribute.`, { line: line() })
}

/** What is around the place that is read. */
type Place = {
  collector: Collector
  /** In the report, for messages. */
  line(): number
  sources: string[]
  /** Text of the source element so far. */
  source?: string | undefined
  packageIndex: number
  packageName?: string | undefined
  current?: ReturnType<typeof createCoberturaClass> | undefined
  isInMethod: boolean
}

type Opener = (at: Place, attributes: Attributes) => void
type Closer = (at: Place) => void

const openSource: Opener = (at) => {
  at.source = ''
}

const openPackage: Opener = (at, { name }) => {
  at.packageIndex += 1
  at.packageName = name
}

const openClass: Opener = (at, { filename: path }) => {
  const { collector, packageName, packageIndex } = at
  if (path === undefined || path === '') {
    collector.warn(`Line ${at.line()}: a class without a file name is skipped`)
    return
  }
  const name = packageName === undefined ? {} : { package: packageName }
  const record = collector.open({ path, packageIndex: Math.max(0, packageIndex), ...name })
  at.current = record && createCoberturaClass(record)
}

const openMethod: Opener = (at, { name = '', hits = '' }) => {
  at.isInMethod = true
  at.current?.openMethod(name, parseCount(hits))
}

const openLine: Opener = ({ current, isInMethod, line }, attributes) => {
  const { number, hits } = readLine(attributes, line)
  if (isLine(number)) current?.line(number, hits, attributes, isInMethod)
}

const closeSource: Closer = (at) => {
  const trimmed = at.source?.trim() ?? ''
  if (trimmed !== '' && at.sources.length < MAX_SOURCES) at.sources.push(trimmed)
  at.source = undefined
}

const closeMethod: Closer = (at) => {
  at.isInMethod = false
  at.current?.closeMethod()
}

const closeClass: Closer = (at) => {
  at.current?.finish()
  at.current = undefined
  at.collector.close()
}

const openers: ReadonlyMap<string, Opener> = new Map([
  ['line', openLine],
  ['method', openMethod],
  ['class', openClass],
  ['package', openPackage],
  ['source', openSource],
])

const closers: ReadonlyMap<string, Closer> = new Map([
  ['method', closeMethod],
  ['class', closeClass],
  ['source', closeSource],
])

/** Reads Cobertura as its many makers write it (coverage-04.dtd, loosely). */
export const createCoberturaHandler = (collector: Collector, root: Attributes, line: () => number): XmlHandler => {
  const at: Place = { collector, line, sources: [], packageIndex: -1, isInMethod: false }
  return {
    open: (name, attributes) => openers.get(name)?.(at, attributes),
    close: (name) => closers.get(name)?.(at),
    text(piece) {
      if (at.source !== undefined && at.source.length < MAX_SOURCE_LENGTH)
        at.source += piece.slice(0, MAX_SOURCE_LENGTH)
    },
    finish() {
      const timestamp = parseTime(root.timestamp)
      return collector.report('cobertura', { sources: at.sources, ...(timestamp !== undefined && { timestamp }) })
    },
  }
}
