import { promisify } from 'node:util'
import { gunzip } from 'node:zlib'
import type { Answer } from './transport.ts'

const inflate = promisify(gunzip)

/** A body that cannot be used: too large, cut off, or not what was asked for. */
export class BodyError extends Error {
  override readonly name = 'BodyError'
  /** Asking again may bring a better one. */
  readonly transient: boolean
  constructor(message: string, { transient }: { transient: boolean }) {
    super(message)
    this.transient = transient
  }
}

const tooLarge = (limit: number): BodyError =>
  new BodyError(`the answer is larger than ${limit} bytes`, { transient: false })

/** Leaves a body that nobody will read; its connection is closed. */
const abandon = (answer: Answer): void => {
  answer.body.on('error', () => undefined)
  answer.body.destroy()
}

/** The pieces of a body; @throws BodyError as soon as they are more than `limit` bytes together */
export async function* pieces(answer: Answer, limit: number): AsyncGenerator<Buffer> {
  if (Number(answer.headers['content-length'] ?? 0) > limit) {
    abandon(answer)
    throw tooLarge(limit)
  }
  let size = 0
  for await (const piece of answer.body) {
    const bytes = piece as Buffer
    size += bytes.length
    if (size > limit) throw tooLarge(limit)
    yield bytes
  }
}

const whole = async (answer: Answer, limit: number): Promise<Buffer> => {
  const parts: Buffer[] = []
  for await (const piece of pieces(answer, limit)) parts.push(piece)
  return parts.length === 1 && parts[0] !== undefined ? parts[0] : Buffer.concat(parts)
}

const unpacked = async (packed: Buffer, limit: number): Promise<Buffer> => {
  try {
    return await inflate(packed, { maxOutputLength: limit })
  } catch (cause) {
    if (cause instanceof RangeError) throw tooLarge(limit)
    throw new BodyError('the answer is not the gzip it claims to be', { transient: true })
  }
}

/** A whole body as text; @throws BodyError */
export const readText = async (answer: Answer, limit: number): Promise<string> => {
  const isGzip = answer.headers['content-encoding'] === 'gzip'
  const known = Number(answer.headers['content-length'] ?? Number.NaN)
  if (!isGzip && known <= limit) return answer.body.text()
  const bytes = await whole(answer, limit)
  return (isGzip ? await unpacked(bytes, limit) : bytes).toString('utf8')
}

/** A body as JSON, whatever its content type says; an empty one is null. @throws BodyError */
export const readJson = async (answer: Answer, limit: number): Promise<unknown> => {
  const text = await readText(answer, limit)
  if (text === '') return null
  try {
    return JSON.parse(text)
  } catch {
    const what = text.trimStart().startsWith('<') ? 'HTML' : 'no JSON'
    throw new BodyError(`${answer.status}, but the body is ${what}; is GITLAB_URL right, or a proxy in the way?`, {
      transient: true,
    })
  }
}
