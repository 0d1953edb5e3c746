import sax from 'sax'
import { createCloverHandler } from './clover.ts'
import { createCoberturaHandler } from './cobertura.ts'
import type { Collector } from './collector.ts'
import { ReportError } from './errors.ts'
import { createJacocoHandler } from './jacoco.ts'
import type { TextReader } from './reader.ts'
import type { Attributes, XmlHandler } from './xml-handler.ts'
import { takeLines } from './xml-lines.ts'

const LINE = 'line'
const LINE_TAG = '<line '
const MAX_DEPTH = 100
const MAX_ATTRIBUTES = 100
/** A reference to an entity of a DTD stays as it is written: DTDs are never read. */
const UNKNOWN_ENTITY = /^Invalid character (?:entity|in entity name)/

const isClover = (root: Attributes, child: string): boolean =>
  child === 'project' || root.generated !== undefined || root.clover !== undefined

/** `coverage` is the root of two formats, which their first child tells apart. */
const createHandler = (root: Root, child: string, collector: Collector, line: () => number): XmlHandler => {
  if (root.name === 'report') return createJacocoHandler(collector)
  if (isClover(root.attributes, child)) return createCloverHandler(collector, root.attributes)
  return createCoberturaHandler(collector, root.attributes, line)
}

type Root = { name: string; attributes: Attributes }

const checkRoot = (name: string, line: number): void => {
  if (name === 'report' || name === 'coverage') return
  const message = `XML with the root element "${name.slice(0, 80)}" is not a coverage report that can be read.`
  throw new ReportError('unknown-format', message, { line })
}

/** What the types of sax 1.6 leave out; in state 2 it expects text or a tag. */
type Internals = { error: Error | null; state: number }
const IN_CONTENT = 2

/** A strict parser whose errors are thrown, and within limits. */
const createParser = () => {
  const parser = sax.parser(true)
  const inner = parser as unknown as Internals
  let attributes = 0
  const fail = (message: string): never => {
    throw new ReportError('malformed', message, { line: parser.line + 1 })
  }
  parser.onerror = (error) => {
    const [message = ''] = error.message.split('\n', 1)
    inner.error = null
    if (!UNKNOWN_ENTITY.test(message)) fail(`The XML is broken: ${message}.`)
  }
  parser.onopentagstart = () => {
    attributes = 0
  }
  parser.onattribute = () => {
    attributes += 1
    if (attributes > MAX_ATTRIBUTES) fail(`An element has more than ${MAX_ATTRIBUTES} attributes.`)
  }
  return { parser, fail, isInContent: () => inner.state === IN_CONTENT }
}

/** Reads Cobertura, JaCoCo and Clover, told apart by their root element. */
export const createXmlReader = (collector: Collector): TextReader => {
  const { parser, fail, isInContent } = createParser()
  const line = (): number => parser.line + 1
  let root: Root | undefined
  let handler: XmlHandler | undefined
  let depth = 0

  const handlerFor = (child: string): XmlHandler | undefined => {
    if (root !== undefined) handler ??= createHandler(root, child, collector, line)
    return handler
  }

  parser.onopentag = ({ name, attributes }) => {
    depth += 1
    if (depth > MAX_DEPTH) fail(`Elements are nested more than ${MAX_DEPTH} deep.`)
    if (root !== undefined && depth === 1) fail('The XML has more than one root element.')
    if (root !== undefined) {
      handlerFor(name)?.open(name, attributes as Attributes)
      return
    }
    checkRoot(name, line())
    root = { name, attributes: attributes as Attributes }
  }
  parser.onclosetag = (name) => {
    depth -= 1
    if (depth > 0) handler?.close(name)
  }
  parser.ontext = (text) => handler?.text?.(text)
  parser.oncdata = (text) => handler?.text?.(text)

  const onLine = (attributes: Attributes, newlines: number): void => {
    parser.line += newlines
    handler?.open(LINE, attributes)
    handler?.close(LINE)
  }

  /** Returns where to go on: after the line elements at this place, or after the beginning of a tag. */
  const passLines = (text: string, from: number): number => {
    const end = handler !== undefined && depth > 0 && isInContent() ? takeLines(text, from, onLine) : from
    if (end > from) return end
    parser.write(LINE_TAG)
    return from + LINE_TAG.length
  }

  return {
    write(text) {
      let done = 0
      for (let next = text.indexOf(LINE_TAG); next !== -1; next = text.indexOf(LINE_TAG, done)) {
        if (next > done) parser.write(text.slice(done, next))
        done = passLines(text, next)
      }
      if (done < text.length) parser.write(text.slice(done))
    },
    end() {
      parser.close()
      return handlerFor('')?.finish() ?? fail('The XML has no element.')
    },
  }
}
