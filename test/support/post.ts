import { createHmac, randomUUID } from 'node:crypto'
import { webhookSecret } from './bot.ts'

export type Answer = { status: number; body: unknown; headers: Headers; seconds: number }

/** Sends a delivery as GitLab would: with the secret token and an id of its own, unless the headers say otherwise. */
export async function post(
  url: string,
  body: string | Uint8Array<ArrayBuffer>,
  headers: Record<string, string | null> = {},
): Promise<Answer> {
  const all = { 'x-gitlab-token': webhookSecret, 'idempotency-key': randomUUID(), ...headers }
  const given = Object.entries(all).filter((header): header is [string, string] => header[1] !== null)
  const started = performance.now()
  const response = await fetch(`${url}/webhooks/gitlab`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...Object.fromEntries(given) },
    body,
  })
  const text = await response.text()
  const seconds = (performance.now() - started) / 1000
  return { status: response.status, body: JSON.parse(text), headers: response.headers, seconds }
}

/** A signature made as Standard Webhooks describes it, for the moment `at` (milliseconds since the epoch). */
export function sign(token: string, id: string, at: number, body: string | Uint8Array): string {
  const key = Buffer.from(token.slice('whsec_'.length), 'base64')
  return `v1,${createHmac('sha256', key)
    .update(`${id}.${seconds(at)}.`)
    .update(body)
    .digest('base64')}`
}

export const seconds = (at: number): string => String(Math.floor(at / 1000))
