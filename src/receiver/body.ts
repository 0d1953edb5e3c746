import type { IncomingMessage } from 'node:http'

/** GitLab sends nothing larger (REQUEST_BODY_SIZE_LIMIT in web_hook_service.rb). */
export const bodyLimit = 25 * 1024 * 1024

/** The raw bytes, which the signature covers; null as soon as they exceed the limit. */
export async function readBody(request: IncomingMessage, limit = bodyLimit): Promise<Buffer | null> {
  const chunks: Buffer[] = []
  let size = 0
  // Left early, the usual iterator would destroy the connection, and with it the answer.
  for await (const chunk of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    size += chunk.length
    if (size > limit) return null
    chunks.push(chunk)
  }
  return chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks)
}
