import sax from 'sax'
import { createCloverHandler } from './clover.ts'
import { createCoberturaHandler } from './cobertura.ts'
import type { Collector } from './collector.ts'
import { ReportError } from './errors.ts'
import { createJacocoHandler } from './jacoco.ts'
import type { TextReader } from './reader.ts'
import type { CoverageReport } from './types.ts'
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
class XmlReader implements TextReader {
  readonly #collector: Collector
  readonly #xml = createParser()
  #root: Root | undefined
  #handler: XmlHandler | undefined
  #depth = 0

  constructor(collector: Collector) {
    this.#collector = collector
    const { parser } = this.#xml
    parser.onopentag = ({ name, attributes }) => this.#open(name, attributes as Attributes)
    parser.onclosetag = (name) => this.#close(name)
    parser.ontext = (text) => this.#handler?.text?.(text)
    parser.oncdata = (text) => this.#handler?.text?.(text)
  }

  write(text: string): void {
    const { parser } = this.#xml
    let done = 0
    for (let next = text.indexOf(LINE_TAG); next !== -1; next = text.indexOf(LINE_TAG, done)) {
      if (next > done) parser.write(text.slice(done, next))
      done = this.#passLines(text, next)
    }
    if (done < text.length) parser.write(text.slice(done))
  }

  end(): CoverageReport {
    this.#xml.parser.close()
    return this.#handlerFor('')?.finish() ?? this.#xml.fail('The XML has no element.')
  }

  #open(name: string, attributes: Attributes): void {
    this.#depth += 1
    if (this.#depth > MAX_DEPTH) this.#xml.fail(`Elements are nested more than ${MAX_DEPTH} deep.`)
    if (this.#root === undefined) this.#openRoot(name, attributes)
    else if (this.#depth === 1) this.#xml.fail('The XML has more than one root element.')
    else this.#handlerFor(name)?.open(name, attributes)
  }

  #openRoot(name: string, attributes: Attributes): void {
    checkRoot(name, this.#line())
    this.#root = { name, attributes }
  }

  #close(name: string): void {
    this.#depth -= 1
    if (this.#depth > 0) this.#handler?.close(name)
  }

  /** Known only once the first child of the root is. */
  #handlerFor(child: string): XmlHandler | undefined {
    if (this.#root !== undefined) {
      this.#handler ??= createHandler(this.#root, child, this.#collector, () => this.#line())
    }
    return this.#handler
  }

  #line(): number {
    return this.#xml.parser.line + 1
  }

  /** Returns where to go on: after the line elements at this place, or after the beginning of a tag. */
  #passLines(text: string, from: number): number {
    const isElement = this.#handler !== undefined && this.#depth > 0 && this.#xml.isInContent()
    const end = isElement ? takeLines(text, from, (attributes, newlines) => this.#takeLine(attributes, newlines)) : from
    if (end > from) return end
    this.#xml.parser.write(LINE_TAG)
    return from + LINE_TAG.length
  }

  #takeLine(attributes: Attributes, newlines: number): void {
    this.#xml.parser.line += newlines
    this.#handler?.open(LINE, attributes)
    this.#handler?.close(LINE)
  }
}

export const createXmlReader = (collector: Collector): TextReader => new XmlReader(collector)
