import type { MessagePort } from 'node:worker_threads'

/** Pieces on their way at a time. */
const piecesAhead = 8
const pieceBytes = 64 * 1024

/** Bytes of a stream; null: it is over; a text: it broke off, and why. Pieces are answered, so that no more than a few wait. */
type Piece = Uint8Array | null | string

/**
 * Sends a stream piece by piece, until its receiver has enough.
 *
 * @throws what the stream throws
 */
export async function sendPieces(source: AsyncIterable<Uint8Array>, port: MessagePort): Promise<void> {
  const way = watch(port)
  try {
    for await (const chunk of source) {
      for (const piece of piecesOf(chunk)) {
        if (way.isClosed()) return
        await way.send(piece)
      }
    }
    port.postMessage(null satisfies Piece)
  } catch (error) {
    port.postMessage((error instanceof Error ? error.message : String(error)) satisfies Piece)
    throw error
  }
}

/** Copies: streams share their buffers, and what is sent is gone. */
function* piecesOf(chunk: Uint8Array): Iterable<Uint8Array<ArrayBuffer>> {
  for (let start = 0; start < chunk.length; start += pieceBytes) {
    yield Uint8Array.from(chunk.subarray(start, start + pieceBytes))
  }
}

function watch(port: MessagePort) {
  let ahead = 0
  let isClosed = false
  let wake = () => {}
  port.on('message', () => {
    ahead -= 1
    wake()
  })
  port.on('close', () => {
    isClosed = true
    wake()
  })
  return {
    isClosed: () => isClosed,
    async send(piece: Uint8Array<ArrayBuffer>): Promise<void> {
      port.postMessage(piece, [piece.buffer])
      ahead += 1
      if (ahead >= piecesAhead) {
        await new Promise<void>((resolve) => {
          wake = resolve
        })
      }
    },
  }
}

/**
 * What `sendPieces` sends; the port is closed when nobody wants more.
 *
 * @throws Error when the stream broke off
 */
export async function* receivePieces(port: MessagePort): AsyncGenerator<Uint8Array> {
  const waiting: Piece[] = []
  let wake = () => {}
  port.on('message', (piece: Piece) => {
    waiting.push(piece)
    wake()
  })
  try {
    for (;;) {
      const piece = waiting.shift()
      if (piece === null) return
      if (typeof piece === 'string') throw new Error(piece)
      if (piece) {
        yield piece
        port.postMessage('taken')
        continue
      }
      await new Promise<void>((resolve) => {
        wake = resolve
      })
    }
  } finally {
    port.close()
  }
}
