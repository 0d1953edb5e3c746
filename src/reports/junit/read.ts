import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { setImmediate } from 'node:timers/promises'
import { decoded } from './decode.ts'
import { Reading, unread } from './reading.ts'
import type { JunitReport } from './types.ts'

export type ReadJunitOptions = {
  /** A bigger report is not read at all; default 100 MiB. */
  maxBytes?: number
}

const megabyte = 1024 * 1024
/** Characters given to the parser and bytes given to the decoder at once, and milliseconds after which others get their turn. */
const sliceLength = 4 * 1024
const chunkLength = 64 * 1024
const turnMilliseconds = 8

class TooLarge extends Error {}

/** In pieces that are decoded in no time, however they come. */
async function* bounded(chunks: AsyncIterable<Uint8Array>, limit: number): AsyncGenerator<Uint8Array> {
  let bytes = 0
  for await (const chunk of chunks) {
    bytes += chunk.length
    if (bytes > limit) throw new TooLarge()
    for (let start = 0; start < chunk.length; start += chunkLength) yield chunk.subarray(start, start + chunkLength)
  }
}

/** Lets others have their turn whenever a turn of our own has lasted long enough. */
const createPause = () => {
  let turn = performance.now()
  return async (): Promise<void> => {
    if (performance.now() - turn < turnMilliseconds) return
    await setImmediate()
    turn = performance.now()
  }
}

const readAll = async (chunks: AsyncIterable<Uint8Array>): Promise<JunitReport> => {
  const reading = new Reading()
  const pause = createPause()
  const write = async (text: string): Promise<void> => {
    for (let start = 0; start < text.length && !reading.isStopped(); start += sliceLength) {
      reading.write(text.slice(start, start + sliceLength))
      await pause()
    }
  }
  for await (const piece of decoded(chunks)) {
    await write(reading.mend(piece))
    if (reading.isStopped()) break
  }
  await write(reading.mend(null))
  return reading.end()
}

const tooLarge = (limit: number): JunitReport =>
  unread('too_large', `larger than ${Math.round(limit / megabyte)} MB, so nothing of it was read`)

/**
 * Reads a JUnit report, whatever its dialect and however broken.
 *
 * @param source A path, or the bytes as a stream.
 * @throws The file system's error when the path cannot be read.
 */
export const readJunit = async (
  source: string | AsyncIterable<Uint8Array>,
  { maxBytes = 100 * megabyte }: ReadJunitOptions = {},
): Promise<JunitReport> => {
  const isPath = typeof source === 'string'
  if (isPath && (await stat(source)).size > maxBytes) return tooLarge(maxBytes)
  try {
    return await readAll(bounded(isPath ? createReadStream(source) : source, maxBytes))
  } catch (error) {
    if (error instanceof TooLarge) return tooLarge(maxBytes)
    throw error
  }
}
