import { createDecoder } from '../coverage/decode.ts'

/** Enough for a byte order mark and an XML declaration. */
const headLength = 400

/** Text of a stream of bytes, in pieces of the size in which the bytes come; invalid bytes become U+FFFD. */
export async function* decoded(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  let decoder: ReturnType<typeof createDecoder> | null = null
  let head = Buffer.alloc(0)
  for await (const chunk of chunks) {
    const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength)
    if (decoder) {
      yield decoder.write(bytes)
      continue
    }
    head = Buffer.concat([head, bytes])
    if (head.length < headLength) continue
    decoder = createDecoder(head)
    yield decoder.write(head)
  }
  if (!decoder) {
    decoder = createDecoder(head)
    yield decoder.write(head)
  }
  yield decoder.end()
}
