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

/** Reads Cobertura as its many makers write it (coverage-04.dtd, loosely). */
export const createCoberturaHandler = (collector: Collector, root: Attributes, line: () => number): XmlHandler => {
  const sources: string[] = []
  let source: string | undefined
  let packageIndex = -1
  let packageName: string | undefined
  let current: ReturnType<typeof createCoberturaClass> | undefined
  let isInMethod = false

  const openClass = (path: string | undefined): void => {
    if (path === undefined || path === '') {
      collector.warn(`Line ${line()}: a class without a file name is skipped`)
      return
    }
    const name = packageName === undefined ? {} : { package: packageName }
    const record = collector.open({ path, packageIndex: Math.max(0, packageIndex), ...name })
    current = record && createCoberturaClass(record)
  }

  const openLine = (attributes: Attributes): void => {
    const { number, hits } = readLine(attributes, line)
    if (!isLine(number)) return
    current?.line(number, hits, attributes, isInMethod)
  }

  const open = (name: string, attributes: Attributes): void => {
    if (name === 'line') openLine(attributes)
    if (name === 'class') openClass(attributes.filename)
    if (name === 'source') source = ''
    if (name === 'method') {
      isInMethod = true
      current?.openMethod(attributes.name ?? '', parseCount(attributes.hits ?? ''))
    }
    if (name !== 'package') return
    packageIndex += 1
    packageName = attributes.name
  }

  const closeSource = (): void => {
    const trimmed = source?.trim() ?? ''
    if (trimmed !== '' && sources.length < MAX_SOURCES) sources.push(trimmed)
    source = undefined
  }

  const close = (name: string): void => {
    if (name === 'source') closeSource()
    if (name === 'method') {
      isInMethod = false
      current?.closeMethod()
    }
    if (name !== 'class') return
    current?.finish()
    current = undefined
    collector.close()
  }

  return {
    open,
    close,
    text(piece) {
      if (source !== undefined && source.length < MAX_SOURCE_LENGTH) source += piece.slice(0, MAX_SOURCE_LENGTH)
    },
    finish() {
      const timestamp = parseTime(root.timestamp)
      return collector.report('cobertura', {
        sources,
        ...(timestamp !== undefined && { timestamp }),
      })
    },
  }
}
