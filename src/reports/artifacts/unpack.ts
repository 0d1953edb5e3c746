import { Readable } from 'node:stream'
import { crc32 } from 'node:zlib'
import type { Entry, ZipFile } from 'yauzl'
import { problem, sizeText } from './problems.ts'
import type { ArtifactFile, ArtifactLimits, ArtifactProblem } from './types.ts'

/** Ends the reading of a file; the reason is in the outcome. */
class UnpackError extends Error {
  override readonly name = 'UnpackError'
  readonly problem: ArtifactProblem
  constructor(found: ArtifactProblem, options?: ErrorOptions) {
    super(`${found.path}: ${found.why}`, options)
    this.problem = found
  }
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : 'unknown failure')

const malformed = (path: string, error: unknown): UnpackError =>
  new UnpackError(problem(path, 'malformed', `the archive is broken there: ${messageOf(error)}`), { cause: error })

/** Counts what is really unpacked of an archive, whatever its entries say of their sizes. */
export const createSpending = (limits: ArtifactLimits) => {
  let spent = 0
  return (path: string, bytes: number): void => {
    spent += bytes
    if (spent <= limits.unpacked) return
    const why = `the files up to it unpack to more than ${sizeText(limits.unpacked)}`
    throw new UnpackError(problem(path, 'too_large', why))
  }
}

export type Spend = ReturnType<typeof createSpending>

/** The bytes of an entry, checked; yauzl checks their number. */
async function* checked(source: Readable, path: string, entry: Entry, spend: Spend): AsyncGenerator<Buffer> {
  let sum = 0
  try {
    for await (const piece of source) {
      spend(path, piece.length)
      sum = crc32(piece, sum)
      yield piece
    }
    if (sum !== entry.crc32) throw new Error('its checksum is wrong')
  } catch (error) {
    throw error instanceof UnpackError ? error : malformed(path, error)
  }
}

/**
 * Hands an entry over. A failure of the archive ends as its problem, also when `handle` hides it; a failure of `handle`
 * is thrown.
 */
export const unpack = async (
  zip: ZipFile,
  entry: Entry,
  path: string,
  { spend, handle }: { spend: Spend; handle: (file: ArtifactFile) => Promise<void> },
): Promise<ArtifactProblem | null> => {
  const opened: Readable[] = []
  let failure: UnpackError | null = null
  const fail = (error: unknown): never => {
    failure ??= error instanceof UnpackError ? error : malformed(path, error)
    throw failure
  }

  async function* pieces(source: Readable): AsyncGenerator<Buffer> {
    try {
      yield* checked(source, path, entry, spend)
    } catch (error) {
      fail(error)
    }
  }

  const open = async (): Promise<Readable> => {
    const source = await zip.openReadStreamPromise(entry).catch(fail)
    const stream = Readable.from(pieces(source), { objectMode: false })
    opened.push(stream, source)
    return stream
  }

  try {
    await handle({ path, size: entry.uncompressedSize, open })
  } catch (error) {
    // A reader may wrap what its stream failed with.
    if (failure === null) throw error
  } finally {
    for (const stream of opened) stream.on('error', () => undefined).destroy()
  }
  return (failure as UnpackError | null)?.problem ?? null
}
