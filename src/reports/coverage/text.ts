import { createReadStream } from 'node:fs'
import { pipeline, Readable } from 'node:stream'
import { setImmediate } from 'node:timers/promises'
import { createGunzip } from 'node:zlib'
import { createDecoder } from './decode.ts'
import { ReportError } from './errors.ts'

/** A path, bytes in memory, or a stream of bytes. */
export type ReportSource = string | Uint8Array | AsyncIterable<Uint8Array>

const DEFAULT_MAX_BYTES = 100 * 1024 * 1024
/** What gzip makes of repetitive reports stays far below; bombs are at 1000. */
const MAX_RATIO = 400
const RATIO_FREE_BYTES = 4 * 1024 * 1024
const PIECE = 64 * 1024
const HEAD = 1024
const LONGEST_TURN_IN_MILLISECONDS = 8

const asBuffer = (bytes: Uint8Array): Buffer => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)

async function* open(source: ReportSource): AsyncGenerator<Buffer> {
  if (source instanceof Uint8Array) return yield asBuffer(source)
  const stream = typeof source === 'string' ? createReadStream(source, { highWaterMark: PIECE }) : source
  for await (const bytes of stream) yield asBuffer(bytes)
}

/** The same bytes, of which the first are enough to tell what they are. */
async function* withHead(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let head: Buffer | undefined = Buffer.alloc(0)
  for await (const chunk of chunks) {
    if (head === undefined) {
      yield chunk
      continue
    }
    head = head.length === 0 ? chunk : Buffer.concat([head, chunk])
    if (head.length < HEAD) continue
    yield head
    head = undefined
  }
  if (head !== undefined && head.length > 0) yield head
}

async function* continued(first: Buffer, rest: AsyncIterator<Buffer>): AsyncGenerator<Buffer> {
  yield first
  for (let next = await rest.next(); next.done !== true; next = await rest.next()) yield next.value
}

async function* counted(chunks: AsyncIterable<Buffer>, count: (bytes: number) => void): AsyncGenerator<Buffer> {
  for await (const chunk of chunks) {
    count(chunk.length)
    yield chunk
  }
}

const sizeLimit = (maxBytes: number): ReportError =>
  new ReportError('too-large', `The report has more than ${maxBytes} bytes, which is the limit.`)

/** Unpacks gzip, within the limit of size and of what honest compression achieves. */
async function* gunzip(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let [packed, unpacked] = [0, 0]
  const input = counted(chunks, (bytes) => {
    packed += bytes
  })
  const unpacker = createGunzip({ chunkSize: PIECE })
  pipeline(Readable.from(input, { objectMode: false }), unpacker, () => undefined)
  for await (const chunk of unpacker as AsyncIterable<Buffer>) {
    unpacked += chunk.length
    if (unpacked > RATIO_FREE_BYTES && unpacked > packed * MAX_RATIO) {
      throw new ReportError('too-large', `The report unpacks to more than ${MAX_RATIO} times its size.`)
    }
    yield chunk
  }
}

async function* unpacked(source: ReportSource): AsyncGenerator<Buffer> {
  const chunks = withHead(open(source))
  const first = await chunks.next()
  if (first.done === true) return
  const isPacked = first.value[0] === 0x1f && first.value[1] === 0x8b
  const all = continued(first.value, chunks)
  yield* isPacked ? withHead(gunzip(all)) : all
}

/** The report as decoded text in small pieces; between them other work of the process gets its turn. */
export async function* readText(source: ReportSource, maxBytes = DEFAULT_MAX_BYTES): AsyncGenerator<string> {
  let decoder: ReturnType<typeof createDecoder> | undefined
  let size = 0
  let turn = performance.now()
  for await (const chunk of unpacked(source)) {
    size += chunk.length
    if (size > maxBytes) throw sizeLimit(maxBytes)
    decoder ??= createDecoder(chunk)
    for (let from = 0; from < chunk.length; from += PIECE) {
      yield decoder.write(chunk.subarray(from, from + PIECE))
      if (performance.now() - turn < LONGEST_TURN_IN_MILLISECONDS) continue
      await setImmediate()
      turn = performance.now()
    }
  }
  yield decoder?.end() ?? ''
}
