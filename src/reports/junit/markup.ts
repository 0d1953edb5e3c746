import sax from 'sax'

/** sax 1.6 in the parts that its types leave out; held in memory without limit unless cut from outside. */
type SaxBuffers = Record<'comment' | 'doctype' | 'sgmlDecl' | 'procInstBody' | 'procInstName' | 'entity', string>
type SaxInternals = SaxBuffers & {
  error: Error | null
  state: number
  closedRoot: boolean
  /** The quote of the attribute that is read. */
  q: string
  tagName: string
  attribName: string
  attribValue: string
}

export type Attributes = Record<string, string>

export type MarkupHandlers = {
  /** A start tag whose name is complete; a truncated report may never open it. */
  starts(name: string): void
  open(name: string, attributes: Attributes): void
  /** Text and CDATA, in pieces. */
  text(piece: string): void
  close(): void
}

/** Why the rest of a report is not read. */
export class StopReading extends Error {}

const maxDepth = 200
const maxAttributes = 100
const maxAttributeLength = 64 * 1024
const maxDefects = 100_000
const textState = 2
const skipped = ['comment', 'sgmlDecl', 'procInstBody', 'procInstName', 'entity'] as const
const closingTagDefect = /^Invalid (?:characters|tagname) in closing tag/

const localName = (name: string): string => name.slice(name.indexOf(':') + 1)

/** An XML reader that goes on after errors, holds no text, expands no entities, and stops at every limit. */
export const createMarkupReader = (handlers: MarkupHandlers) => {
  const parser = sax.parser(true)
  const inner = parser as unknown as SaxInternals
  let depth = 0
  let attributes: Attributes = {}
  let attributeCount = 0
  let before = 0
  let slice = ''
  let previous = ''
  let roots = 0
  const defects = { count: 0, inClosingTag: false, first: null as string | null }

  const defect = (text: string): void => {
    defects.count += 1
    defects.first ??= text
    if (defects.count > maxDefects) throw new StopReading(`more than ${maxDefects} errors, the first: ${defects.first}`)
  }

  /** sax takes a bare `<` in an attribute silently; the source tells it from `&lt;`. */
  const bareAngle = (): boolean => {
    const source = previous + slice
    const end = parser.position - before + previous.length - 1
    return source.slice(source.lastIndexOf(inner.q || '"', end - 1) + 1, end).includes('<')
  }

  parser.onerror = (error) => {
    inner.error = null
    const [text = ''] = error.message.split('\n', 1)
    if (closingTagDefect.test(text)) defects.inClosingTag = true
    if (!text.startsWith('Max buffer length')) defect(text)
  }
  parser.onopentagstart = (tag) => {
    attributes = {}
    attributeCount = 0
    handlers.starts(localName(tag.name))
  }
  parser.onattribute = ({ name, value }) => {
    attributeCount += 1
    if (attributeCount > maxAttributes) throw new StopReading(`an element with more than ${maxAttributes} attributes`)
    attributes[localName(name)] = value
    if (value.includes('<') && bareAngle()) defect('Unescaped < in an attribute')
  }
  parser.onopentag = (tag) => {
    if (depth === 0) roots += 1
    if (roots > 1 && depth === 0) defect('More than one root element')
    depth += 1
    if (depth > maxDepth) throw new StopReading(`elements nested more than ${maxDepth} deep`)
    inner.closedRoot = false
    handlers.open(localName(tag.name), attributes)
  }
  parser.onclosetag = () => {
    depth -= 1
    handlers.close()
  }
  parser.ontext = (text) => handlers.text(text)
  parser.oncdata = (text) => handlers.text(text)

  /** Text outside of the root costs sax an error for each character. */
  const withoutStrayText = (text: string): string => {
    if (depth > 0 || inner.state > textState) return text
    const start = text.indexOf('<')
    const stray = start < 0 ? text : text.slice(0, start)
    if (stray.trim() !== '') defect('Text outside of the root element')
    return start < 0 ? '' : text.slice(start)
  }

  const cutBuffers = (): void => {
    parser.flush()
    for (const name of skipped) if (inner[name].length > maxAttributeLength) inner[name] = ''
    if (inner.doctype.length > maxAttributeLength) inner.doctype = '['
    if (inner.attribValue.length > maxAttributeLength)
      inner.attribValue = inner.attribValue.slice(0, maxAttributeLength)
    if (inner.tagName.length > 1024 || inner.attribName.length > 1024) throw new StopReading('a name without end')
  }

  return {
    /** @throws StopReading at a limit, and whatever the handlers throw. */
    write(text: string): void {
      const kept = withoutStrayText(text)
      if (kept === '') return
      before = parser.position
      previous = slice
      slice = kept
      parser.write(kept)
      cutBuffers()
    },
    defects,
    sawRoot: () => roots > 0,
    isOpen: () => depth > 0,
    /** The text ends inside of a tag, a comment or a CDATA section. */
    isCut: () => inner.state > textState,
  }
}
