import { createSax, cutBuffers, states } from './sax.ts'

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
const maxDefects = 100_000
const cdataStart = '<![CDATA['
const cdataEnd = ']]>'
const closingTagDefect = /^Invalid (?:characters|tagname) in closing tag/

const localName = (name: string): string => name.slice(name.indexOf(':') + 1)

/** An XML reader that goes on after errors, holds no text, expands no entities, and stops at every limit. */
export class MarkupReader {
  readonly defects = { count: 0, inClosingTag: false, first: null as string | null }
  private readonly handlers: MarkupHandlers
  private readonly parser = createSax()
  private depth = 0
  private roots = 0
  private attributes: Attributes = {}
  private attributeCount = 0
  /** The source that the parser reads and read just before, and where in the whole it starts. */
  private slice = ''
  private previous = ''
  private sliceStart = 0

  constructor(handlers: MarkupHandlers) {
    this.handlers = handlers
    const { parser } = this
    parser.onerror = (error) => this.onError(error.message.split('\n', 1)[0] ?? '')
    parser.onopentagstart = ({ name }) => this.onStart(localName(name))
    parser.onattribute = ({ name, value }) => this.onAttribute(localName(name), value)
    parser.onopentag = ({ name }) => this.onOpen(localName(name))
    parser.onclosetag = () => this.onClose()
    parser.ontext = (text) => handlers.text(text)
    parser.oncdata = (text) => handlers.text(text)
  }

  /** @throws StopReading at a limit, and whatever the handlers throw. */
  write(text: string): void {
    let at = 0
    while (at < text.length) {
      if (this.parser.state === states.CDATA) at = this.feedCdata(text, at)
      else if (this.parser.state <= states.TEXT && text[at] !== '<') at = this.feedText(text, at)
      else at = this.feedMarkup(text, at)
    }
    if (!cutBuffers(this.parser)) throw new StopReading('a name without end')
  }

  sawRoot(): boolean {
    return this.roots > 0
  }

  isOpen(): boolean {
    return this.depth > 0
  }

  /** The text ends inside of a tag, a comment or a CDATA section. */
  isCut(): boolean {
    return this.parser.state > states.TEXT
  }

  private feed(text: string): void {
    this.sliceStart = this.parser.position
    this.previous = this.slice
    this.slice = text
    this.parser.write(text)
  }

  /** To the next `<`. Text goes through sax, which knows references, if somebody wants it; outside of the root it errs at each character. */
  private feedText(text: string, start: number): number {
    const found = text.indexOf('<', start)
    const end = found < 0 ? text.length : found
    if (this.depth > 0 && this.handlers.wantsText()) this.feed(text.slice(start, end))
    if (this.depth === 0 && text.slice(start, end).trim() !== '') this.defect('Text outside of the root element')
    return end
  }

  /** The end of a section may be cut, so the last two characters are for sax. */
  private feedCdata(text: string, start: number): number {
    const found = text.indexOf(cdataEnd, start)
    const end = found < 0 ? Math.max(start, text.length - 2) : found
    if (this.handlers.wantsText()) this.handlers.text(text.slice(start, end))
    const next = found < 0 ? text.length : found + cdataEnd.length
    this.feed(text.slice(end, next))
    return next
  }

  private feedMarkup(text: string, start: number): number {
    const found = this.endOfMarkup(text, start)
    const end = found > start ? found : text.length
    this.feed(text.slice(start, end))
    return end
  }

  private endOfMarkup(text: string, start: number): number {
    if (this.parser.state === states.ATTRIB_VALUE_QUOTED) return text.indexOf(this.parser.q, start) + 1
    return text.startsWith(cdataStart, start) ? start + cdataStart.length : text.indexOf('>', start) + 1
  }

  private onError(text: string): void {
    this.parser.error = null
    if (closingTagDefect.test(text)) this.defects.inClosingTag = true
    if (!text.startsWith('Max buffer length')) this.defect(text)
  }

  private onStart(name: string): void {
    this.attributes = {}
    this.attributeCount = 0
    this.handlers.starts(name)
  }

  private onAttribute(name: string, value: string): void {
    this.attributeCount += 1
    if (this.attributeCount > maxAttributes) {
      throw new StopReading(`an element with more than ${maxAttributes} attributes`)
    }
    this.attributes[name] = value
    if (value.includes('<') && this.hasBareAngle()) this.defect('Unescaped < in an attribute')
  }

  private onOpen(name: string): void {
    if (this.depth === 0) this.roots += 1
    if (this.depth === 0 && this.roots > 1) this.defect('More than one root element')
    this.depth += 1
    if (this.depth > maxDepth) throw new StopReading(`elements nested more than ${maxDepth} deep`)
    this.parser.closedRoot = false
    this.handlers.open(name, this.attributes)
  }

  private onClose(): void {
    this.depth -= 1
    this.handlers.close()
  }

  private defect(text: string): void {
    const { defects } = this
    defects.count += 1
    defects.first ??= text
    if (defects.count > maxDefects) throw new StopReading(`more than ${maxDefects} errors, the first: ${defects.first}`)
  }

  /** sax takes a bare `<` in an attribute silently; the source tells it from `&lt;`. */
  private hasBareAngle(): boolean {
    const source = this.previous + this.slice
    const end = this.parser.position - this.sliceStart + this.previous.length - 1
    const start = source.lastIndexOf(this.parser.q || '"', end - 1)
    return start >= 0 && source.slice(start, end).includes('<')
  }
}
