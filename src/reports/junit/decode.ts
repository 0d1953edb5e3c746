import { TextDecoder } from 'node:util'

const headLength = 256
const declaration = /^\s{0,64}<\?xml\s[^>]{0,160}?encoding\s{0,8}=\s{0,8}["']([A-Za-z0-9._-]{1,40})["']/

const markOf = ([first, second, third]: Uint8Array): string | null => {
  if (first === 0xef && second === 0xbb && third === 0xbf) return 'utf-8'
  if (first === 0xff && second === 0xfe) return 'utf-16le'
  if (first === 0xfe && second === 0xff) return 'utf-16be'
  if (first === 0x3c && second === 0x00) return 'utf-16le'
  if (first === 0x00 && second === 0x3c) return 'utf-16be'
  return null
}

/** A declaration that can be read as ASCII is not UTF-16, whatever it says. */
const declaredIn = (head: Uint8Array): string => {
  const label = declaration.exec(Buffer.from(head).toString('latin1'))?.[1]?.toLowerCase()
  return label === undefined || label.startsWith('utf-16') || label.startsWith('ucs-2') ? 'utf-8' : label
}

const decoderFor = (label: string): TextDecoder => {
  try {
    return new TextDecoder(label)
  } catch {
    return new TextDecoder('utf-8')
  }
}

/** Chooses by byte order mark, then by XML declaration, else UTF-8; invalid bytes become U+FFFD. */
export const decoderOf = (head: Uint8Array): TextDecoder => decoderFor(markOf(head) ?? declaredIn(head))

/** Text of a stream of bytes, in pieces of the size in which the bytes come. */
export async function* decoded(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  let decoder: TextDecoder | null = null
  let head: Uint8Array = new Uint8Array(0)
  for await (const chunk of chunks) {
    if (decoder) {
      yield decoder.decode(chunk, { stream: true })
      continue
    }
    head = head.length === 0 ? chunk : Buffer.concat([head, chunk])
    if (head.length < headLength) continue
    decoder = decoderOf(head)
    yield decoder.decode(head, { stream: true })
  }
  yield decoder ? decoder.decode() : decoderOf(head).decode(head)
}
