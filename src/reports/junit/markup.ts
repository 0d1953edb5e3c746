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
  /** Whether text at this place is of use; the bulk of a report is output that nobody reads. */
  wantsText(): boolean
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
/** sax numbers its states; those up to TEXT are outside of tags. */
const states = (sax as unknown as { STATE: Record<'TEXT' | 'CDATA' | 'ATTRIB_VALUE_QUOTED', number> }).STATE
const cdataStart = '<![CDATA['
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
    const start = source.lastIndexOf(inner.q || '"', end - 1)
    return start >= 0 && source.slice(start, end).includes('<')
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

  const feed = (text: string): void => {
    before = parser.position
    previous = slice
    slice = text
    parser.write(text)
  }

  /** From `start` to the next `<`; text goes through sax, which knows entities, only if somebody wants it. */
  const feedText = (text: string, start: number): number => {
    const found = text.indexOf('<', start)
    const end = found < 0 ? text.length : found
    if (end === start) return end
    if (depth === 0 && text.slice(start, end).trim() !== '') defect('Text outside of the root element')
    if (depth > 0 && handlers.wantsText()) feed(text.slice(start, end))
    return end
  }

  /** The end of a section may be cut, so the last two characters are for sax. */
  const feedCdata = (text: string, start: number): number => {
    const found = text.indexOf(']]>', start)
    const end = found < 0 ? Math.max(start, text.length - 2) : found
    if (handlers.wantsText()) handlers.text(text.slice(start, end))
    const next = found < 0 ? text.length : found + 3
    feed(text.slice(end, next))
    return next
  }

  const endOfMarkup = (text: string, start: number): number => {
    if (inner.state === states.ATTRIB_VALUE_QUOTED) return text.indexOf(inner.q, start) + 1
    return text.startsWith(cdataStart, start) ? start + cdataStart.length : text.indexOf('>', start) + 1
  }

  const feedMarkup = (text: string, start: number): number => {
    const found = endOfMarkup(text, start)
    const end = found > start ? found : text.length
    feed(text.slice(start, end))
    return end
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
      let at = 0
      while (at < text.length) {
        if (inner.state === states.CDATA) at = feedCdata(text, at)
        else if (inner.state <= states.TEXT && text[at] !== '<') at = feedText(text, at)
        else at = feedMarkup(text, at)
      }
      cutBuffers()
    },
    defects,
    sawRoot: () => roots > 0,
    isOpen: () => depth > 0,
    /** The text ends inside of a tag, a comment or a CDATA section. */
    isCut: () => inner.state > states.TEXT,
  }
}
