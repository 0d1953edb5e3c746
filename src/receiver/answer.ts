import type { IncomingMessage, ServerResponse } from 'node:http'
import type { JsonObject } from '../json.ts'
import type { DeliveryOutcome } from '../metrics.ts'
import { bodyLimit } from './body.ts'

/** What a delivery came to: how it is counted, and what its sender is told. */
export type Answer = {
  outcome: DeliveryOutcome
  kind: string
  status: number
  body: JsonObject
  headers?: Readonly<Record<string, string>>
}

const retryAfterSeconds = '10'

export const ignored = (kind: string, because: string): Answer => ({
  outcome: 'ignored',
  kind,
  status: 200,
  body: { status: 'ignored', because },
})

export const duplicate = (kind: string): Answer => ({
  outcome: 'duplicate',
  kind,
  status: 200,
  body: { status: 'duplicate' },
})

export const queued = (kind: string, reactions: readonly string[]): Answer => ({
  outcome: 'queued',
  kind,
  status: 202,
  body: { status: 'queued', reactions },
})

export const unavailable = (kind: string): Answer => ({
  outcome: 'unavailable',
  kind,
  status: 503,
  body: { status: 'unavailable', because: 'Redis does not answer' },
  headers: { 'retry-after': retryAfterSeconds },
})

export const unauthorized: Answer = {
  outcome: 'unauthorized',
  kind: 'unknown',
  status: 401,
  body: { status: 'unauthorized', because: 'neither X-Gitlab-Token nor webhook-signature fits what is configured' },
}

export const invalid: Answer = {
  outcome: 'invalid',
  kind: 'unknown',
  status: 400,
  body: { status: 'invalid', because: 'the body is not JSON' },
}

export const tooLarge: Answer = {
  outcome: 'too_large',
  kind: 'unknown',
  status: 413,
  body: { status: 'too large', because: `the limit is ${bodyLimit} bytes` },
}

/** How long a sender who was answered early may go on sending, in milliseconds. */
const farewellMs = 1_000

export function send(
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  { status, body, headers }: Omit<Answer, 'outcome' | 'kind'>,
): void {
  const text = JSON.stringify(body)
  const length = Buffer.byteLength(text)
  outgoing.writeHead(status, { 'content-type': 'application/json', 'content-length': length, ...headers }).end(text)
  if (!incoming.complete) readOn(incoming)
}

/** Closed under a sender who is still sending, the connection would take the answer with it. */
function readOn(incoming: IncomingMessage): void {
  const impatience = setTimeout(() => incoming.socket.destroySoon(), farewellMs)
  impatience.unref()
  incoming.once('close', () => clearTimeout(impatience)).resume()
}
