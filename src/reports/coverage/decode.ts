import { StringDecoder } from 'node:string_decoder'

type Decode = { write(bytes: Buffer): string; end(): string }

const DECLARED = /^\s*<\?xml[^>]{0,200}?encoding\s{0,20}=\s{0,20}["']([A-Za-z0-9._-]{1,40})["']/

const withTextDecoder = (encoding: string): Decode => {
  const decoder = new TextDecoder(encoding)
  return { write: (bytes) => decoder.decode(bytes, { stream: true }), end: () => decoder.decode() }
}

/** Bad bytes become U+FFFD; node's StringDecoder is several times faster than TextDecoder, but keeps the byte order mark. */
const utf8 = (): Decode => {
  const decoder = new StringDecoder('utf8')
  let isFirst = true
  return {
    write(bytes) {
      const text = decoder.write(bytes)
      const start = isFirst && text.charCodeAt(0) === 0xfeff ? 1 : 0
      isFirst &&= text === ''
      return start === 1 ? text.slice(1) : text
    },
    end: () => decoder.end(),
  }
}

const declaredEncoding = (head: Buffer): string | undefined => DECLARED.exec(head.toString('latin1', 0, 400))?.[1]

/** The encoding by byte order mark, by the zero bytes of UTF-16, by the XML declaration, else UTF-8. */
export const createDecoder = (head: Buffer): Decode => {
  const [first = 0, second = 0] = head
  if ((first === 0xff && second === 0xfe) || (first !== 0 && second === 0 && head.length > 1)) {
    return withTextDecoder('utf-16le')
  }
  if ((first === 0xfe && second === 0xff) || (first === 0 && second !== 0)) return withTextDecoder('utf-16be')
  const declared = declaredEncoding(head)
  if (declared === undefined || /^utf-?(8|16)$/i.test(declared)) return utf8()
  try {
    return withTextDecoder(declared)
  } catch {
    return utf8()
  }
}
