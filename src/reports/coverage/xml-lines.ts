import type { Attributes } from './xml-handler.ts'

/** An empty line element without references, as nearly all are; no attribute can start where another one may. */
const LINE = /\s*<line((?:\s+[\w:.-]+="[^"<&\r\n]*")+)\s*\/>/y
const ATTRIBUTE = /([\w:.-]+)="([^"]*)"/g

const attributesOf = (text: string): Attributes => {
  const attributes: Attributes = {}
  ATTRIBUTE.lastIndex = 0
  for (let found = ATTRIBUTE.exec(text); found !== null; found = ATTRIBUTE.exec(text)) {
    attributes[found[1] ?? ''] = found[2] ?? ''
  }
  return attributes
}

const newlinesIn = (text: string): number => {
  let count = 0
  for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) count += 1
  return count
}

/**
 * Takes a run of line elements out of the text, which must be in element content at `from`; returns where the run ends.
 * They are most of any report, and a regular expression is several times faster over them than an XML parser.
 */
export const takeLines = (
  text: string,
  from: number,
  onLine: (attributes: Attributes, newlines: number) => void,
): number => {
  let end = from
  LINE.lastIndex = from
  for (let found = LINE.exec(text); found !== null; found = LINE.exec(text)) {
    end = LINE.lastIndex
    onLine(attributesOf(found[1] ?? ''), newlinesIn(found[0]))
  }
  return end
}
