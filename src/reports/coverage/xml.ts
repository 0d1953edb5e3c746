import sax from 'sax'
import { createCloverHandler } from './clover.ts'
import { createCoberturaHandler } from './cobertura.ts'
import type { Collector } from './collector.ts'
import { ReportError } from './errors.ts'
import { createJacocoHandler } from './jacoco.ts'
import type { TextReader } from './reader.ts'
import type { Attributes, XmlHandler } from './xml-handler.ts'

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

const createParser = (onLine: (line: () => number) => void) => {
  const parser = sax.parser(true)
  const inner: { error: Error | null } = parser as never
  let attributes = 0
  const line = (): number => parser.line + 1
  parser.onerror = (error) => {
    const [message = ''] = error.message.split('\n', 1)
    inner.error = null
    if (!UNKNOWN_ENTITY.test(message))
      throw new ReportError('malformed', `The XML is broken: ${message}.`, { line: line() })
  }
  parser.onopentagstart = () => {
    attributes = 0
  }
  parser.onattribute = () => {
    attributes += 1
    if (attributes <= MAX_ATTRIBUTES) return
    throw new ReportError('malformed', `An element has more than ${MAX_ATTRIBUTES} attributes.`, { line: line() })
  }
  onLine(line)
  return parser
}

/** Reads Cobertura, JaCoCo and Clover, told apart by their root element. */
export const createXmlReader = (collector: Collector): TextReader => {
  let line = (): number => 0
  const parser = createParser((position) => {
    line = position
  })
  let root: Root | undefined
  let handler: XmlHandler | undefined
  let depth = 0

  const handlerFor = (child: string): XmlHandler | undefined => {
    if (root !== undefined) handler ??= createHandler(root, child, collector, line)
    return handler
  }

  parser.onopentag = ({ name, attributes }) => {
    depth += 1
    if (depth > MAX_DEPTH)
      throw new ReportError('malformed', `Elements are nested more than ${MAX_DEPTH} deep.`, { line: line() })
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

  return {
    write(text) {
      parser.write(text)
    },
    end() {
      parser.close()
      const used = handlerFor('')
      if (used === undefined) throw new ReportError('malformed', 'The XML has no element.', { line: line() })
      return used.finish()
    },
  }
}
