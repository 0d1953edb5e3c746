import type { IncomingMessage } from 'node:http'

/** GitLab sends nothing larger (REQUEST_BODY_SIZE_LIMIT in web_hook_service.rb). */
export const bodyLimit = 25 * 1024 * 1024

/**
 * The raw bytes, which the signature covers; null as soon as they exceed the limit.
 *
 * By events: an iterator costs as much as all the rest of taking a small delivery.
 *
 * @throws Error when the sender goes away before the end
 */
export function readBody(request: IncomingMessage, limit = bodyLimit): Promise<Buffer | null> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    let size = 0
    const take = (chunk: Buffer): void => {
      size += chunk.length
      chunks.push(chunk)
      if (size <= limit) return
      request.off('data', take).pause()
      resolve(null)
    }
    request.on('data', take)
    request.on('end', () => resolve(chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks)))
    request.on('error', reject)
  })
}
