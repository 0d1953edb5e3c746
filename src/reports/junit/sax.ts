import sax from 'sax'

/** sax 1.6 in the parts that its types leave out. */
type SaxBuffers = Record<'comment' | 'doctype' | 'sgmlDecl' | 'procInstBody' | 'procInstName' | 'entity', string>
export type LenientSax = Omit<sax.SAXParser, 'error'> &
  SaxBuffers & {
    error: Error | null
    state: number
    closedRoot: boolean
    /** The quote of the attribute that is read. */
    q: string
    tagName: string
    attribName: string
    attribValue: string
  }

/** sax numbers its states; those up to TEXT are outside of tags. */
export const states = (sax as unknown as { STATE: Record<'TEXT' | 'CDATA' | 'ATTRIB_VALUE_QUOTED', number> }).STATE

/** Strict, as the other mode folds case and ignores a second root; its errors need not end the reading. */
export const createSax = (): LenientSax => sax.parser(true) as unknown as LenientSax

const longest = 64 * 1024
const longestName = 1024
const unread = ['comment', 'sgmlDecl', 'procInstBody', 'procInstName', 'entity'] as const

/**
 * Cuts what sax would hold without limit: nothing of it is read but attributes, and of those the beginning.
 *
 * @returns false when a name has no end.
 */
export const cutBuffers = (parser: LenientSax): boolean => {
  parser.flush()
  for (const name of unread) if (parser[name].length > longest) parser[name] = ''
  if (parser.doctype.length > longest) parser.doctype = '['
  if (parser.attribValue.length > longest) parser.attribValue = parser.attribValue.slice(0, longest)
  return parser.tagName.length <= longestName && parser.attribName.length <= longestName
}
