/**
 * What must be put right before the XML parser sees the text: sax swallows the quote or `<` that follows a
 * bare `&`, and rejects references to characters that XML 1.0 forbids, which test output is full of (`&#27;[31m`).
 */

const reference = /&#(?:x([0-9a-fA-F]{1,8})|([0-9]{1,10}));/g
const bareAmpersand = /&([A-Za-z0-9_#:.-]{0,64})(?=["'<&])/g
const openReference = /&[A-Za-z0-9_#:.-]{0,64}$/

/** Set between a bare `&` and what follows; dropped again with all other control characters. */
const separator = '\u0001'
const escapeCharacter = '\u001b'

const isXmlCharacter = (code: number): boolean =>
  code === 0x9 ||
  code === 0xa ||
  code === 0xd ||
  (code >= 0x20 && code <= 0xd7ff) ||
  (code >= 0xe000 && code <= 0xfffd) ||
  (code >= 0x10000 && code <= 0x10ffff)

const mendReference = (whole: string, hexadecimal?: string, decimal?: string): string => {
  const code = hexadecimal ? Number.parseInt(hexadecimal, 16) : Number.parseInt(decimal ?? '', 10)
  if (isXmlCharacter(code)) return whole
  return code === 0x1b ? escapeCharacter : ''
}

/** Mends a text that comes in pieces; `mended()` tells whether anything had to be. */
export const createMender = () => {
  let held = ''
  let mended = false

  const mend = (text: string): string => {
    if (!text.includes('&')) return text
    const fixed = text.replace(reference, mendReference).replace(bareAmpersand, `&$1${separator}`)
    mended ||= fixed.length !== text.length
    return fixed
  }

  return {
    /** Keeps back a reference that the piece cuts. */
    push(piece: string): string {
      const text = held + piece
      const cut = openReference.exec(text.slice(-72))
      held = cut ? cut[0] : ''
      return mend(held ? text.slice(0, -held.length) : text)
    },
    rest(): string {
      const text = held
      held = ''
      return mend(text)
    },
    mended: () => mended,
  }
}
