import { createWriteStream } from 'node:fs'
import { rm } from 'node:fs/promises'
import { pipeline } from 'node:stream/promises'
import { pieces } from './body.ts'
import type { Ask, Caller } from './caller.ts'
import type { Answer } from './transport.ts'

/** Bodies that are no JSON; artifacts may come from an object store, which sees no token. */
export type Downloads = {
  /** @throws GitLabError, also when it is larger */
  bytes(path: string, query: string, maxBytes: number): Promise<Buffer>
  /** @throws GitLabError, also when it is larger; then there is no file */
  toFile(path: string, toPath: string, maxBytes: number): Promise<number>
  /** The last bytes of a body of any size. */
  tail(path: string, bytes: number): Promise<Buffer>
}

const collect = async (answer: Answer, maxBytes: number): Promise<Buffer> => {
  const parts: Buffer[] = []
  for await (const piece of pieces(answer, maxBytes)) parts.push(piece)
  return Buffer.concat(parts)
}

const save = async (answer: Answer, toPath: string, maxBytes: number): Promise<number> => {
  const file = createWriteStream(toPath, { mode: 0o600 })
  try {
    await pipeline(pieces(answer, maxBytes), file)
    return file.bytesWritten
  } catch (error) {
    await rm(toPath, { force: true })
    throw error
  }
}

const keepTail = async (answer: Answer, bytes: number): Promise<Buffer> => {
  let parts: Buffer[] = []
  let size = 0
  for await (const piece of pieces(answer, Number.POSITIVE_INFINITY)) {
    parts.push(piece)
    size += piece.length
    if (size < 2 * bytes + 65_536) continue
    parts = [Buffer.concat(parts).subarray(size - bytes)]
    size = bytes
  }
  return Buffer.concat(parts).subarray(Math.max(0, size - bytes))
}

export const createDownloads = (call: Caller): Downloads => {
  const ask = (path: string, query = ''): Ask => ({
    method: 'GET',
    path,
    query,
    headers: {},
    body: null,
    download: true,
  })
  return {
    bytes: (path, query, maxBytes) => call(ask(path, query), (answer) => collect(answer, maxBytes)),
    toFile: (path, toPath, maxBytes) => call(ask(path), (answer) => save(answer, toPath, maxBytes)),
    tail: (path, bytes) => call(ask(path), (answer) => keepTail(answer, bytes)),
  }
}
