import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { setImmediate } from 'node:timers/promises'
import { createCollector } from './collect.ts'
import { decoded } from './decode.ts'
import { createMarkupReader, StopReading } from './markup.ts'
import { createMender } from './mend.ts'
import { producerOf } from './producer.ts'
import type { JunitReport, ReportProblem, ReportProblemKind } from './types.ts'

export type ReadJunitOptions = {
  /** A bigger report is not read at all; default 100 MiB. */
  maxBytes?: number
}

const megabyte = 1024 * 1024
/** Characters given to the parser at once, and milliseconds after which others get their turn. */
const sliceLength = 4 * 1024
const turnMilliseconds = 8

const tooLarge = (limit: number): ReportProblem => ({
  kind: 'too_large',
  detail: `larger than ${Math.round(limit / megabyte)} MB, so nothing of it was read`,
})

class TooLarge extends Error {}

async function* bounded(chunks: AsyncIterable<Uint8Array>, limit: number): AsyncGenerator<Uint8Array> {
  let bytes = 0
  for await (const chunk of chunks) {
    bytes += chunk.length
    if (bytes > limit) throw new TooLarge()
    yield chunk
  }
}

const alone = (kind: ReportProblemKind, detail: string): JunitReport => ({
  outcomes: [],
  problems: [{ kind, detail }],
  producer: null,
})

/** One report on its way through mender, parser and collector. */
const createReading = () => {
  const collector = createCollector()
  const markup = createMarkupReader(collector.handlers)
  const mender = createMender()
  let blank = true
  let stopped: string | null = null

  const write = (text: string): void => {
    blank &&= text.trim() === ''
    try {
      markup.write(text)
    } catch (error) {
      if (!(error instanceof StopReading)) throw error
      stopped = error.message
    }
  }

  const fatal = (): JunitReport | null => {
    if (blank) return alone('empty', 'the file is empty')
    const { first, count, inClosingTag } = markup.defects
    if (!markup.sawRoot() && stopped === null) return alone('unparseable', 'no XML element in it')
    if (stopped !== null && collector.outcomes.length === 0) {
      return alone(count === 0 && stopped.startsWith('the root') ? 'not-junit' : 'unparseable', stopped)
    }
    const neverCloses = inClosingTag && markup.isOpen() && !markup.isCut()
    return neverCloses ? alone('unparseable', `${first}, and the root element never ends`) : null
  }

  const problems = (): ReportProblem[] => {
    const { first, count } = markup.defects
    const repaired = count > 0 || mender.mended()
    const isTruncated = stopped !== null || markup.isOpen() || markup.isCut()
    return [
      ...(isTruncated
        ? [{ kind: 'truncated' as const, detail: stopped ?? 'the file ends before its root element' }]
        : []),
      ...(repaired
        ? [{ kind: 'repaired' as const, detail: `not well-formed: ${first ?? 'a character XML does not allow'}` }]
        : []),
    ]
  }

  return {
    isStopped: () => stopped !== null,
    push: (piece: string): string => mender.push(piece),
    rest: (): string => mender.rest(),
    write,
    end(): JunitReport {
      collector.cut()
      const { outcomes, root } = collector
      return fatal() ?? { outcomes, problems: problems(), producer: producerOf(root, outcomes[0]) }
    },
  }
}

/** Feeds a report to its reading, a slice at a time, so that the event loop is never held for long. */
const readAll = async (chunks: AsyncIterable<Uint8Array>): Promise<JunitReport> => {
  const reading = createReading()
  let turn = performance.now()

  const writeSlices = async (text: string): Promise<void> => {
    for (let start = 0; start < text.length && !reading.isStopped(); start += sliceLength) {
      reading.write(text.slice(start, start + sliceLength))
      if (performance.now() - turn < turnMilliseconds) continue
      await setImmediate()
      turn = performance.now()
    }
  }

  for await (const piece of decoded(chunks)) {
    await writeSlices(reading.push(piece))
    if (reading.isStopped()) break
  }
  await writeSlices(reading.rest())
  return reading.end()
}

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
  if (isPath && (await stat(source)).size > maxBytes)
    return { outcomes: [], problems: [tooLarge(maxBytes)], producer: null }
  try {
    return await readAll(bounded(isPath ? createReadStream(source) : source, maxBytes))
  } catch (error) {
    if (!(error instanceof TooLarge)) throw error
    return { outcomes: [], problems: [tooLarge(maxBytes)], producer: null }
  }
}
