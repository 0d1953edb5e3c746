import type { FileHandle } from 'node:fs/promises'
import { Readable } from 'node:stream'
import { RandomAccessReader } from 'yauzl'

/** Small enough that the entries in it are judged without holding the event loop. */
const windowBytes = 16 * 1024

const pieceBytes = 64 * 1024

/** A stream of the handle's own would add a listener to it for each entry. */
async function* pieces(file: FileHandle, start: number, end: number): AsyncGenerator<Buffer> {
  for (let at = start; at < end; ) {
    const length = Math.min(pieceBytes, end - at)
    const { buffer, bytesRead } = await file.read(Buffer.allocUnsafe(length), 0, length, at)
    if (bytesRead === 0) return
    yield buffer.subarray(0, bytesRead)
    at += bytesRead
  }
}

type Done = (error: Error | null) => void

/** A file as yauzl reads it: small reads out of a window, for else each entry of an archive costs two system calls. */
export class FileWindow extends RandomAccessReader {
  readonly #file: FileHandle
  #window: Buffer = Buffer.alloc(0)
  #start = 0

  constructor(file: FileHandle) {
    super()
    this.#file = file
  }

  override _readStreamForRange(start: number, end: number): Readable {
    return Readable.from(pieces(this.#file, start, end), { objectMode: false })
  }

  override read(buffer: Buffer, offset: number, length: number, position: number, done: Done): void {
    const from = position - this.#start
    if (from >= 0 && from + length <= this.#window.length) {
      this.#window.copy(buffer, offset, from, from + length)
      done(null)
      return
    }
    this.#fill(position, Math.max(length, windowBytes)).then(() => {
      const copied = this.#window.copy(buffer, offset, 0, length)
      done(copied < length ? new Error('it ends too early') : null)
    }, done)
  }

  async #fill(position: number, length: number): Promise<void> {
    const { buffer, bytesRead } = await this.#file.read(Buffer.allocUnsafe(length), 0, length, position)
    this.#window = buffer.subarray(0, bytesRead)
    this.#start = position
  }
}
