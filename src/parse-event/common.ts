import type { CiStatus, ProjectRef } from '../event.ts'
import { asId, asText, dig, type JsonObject } from '../json.ts'

/** What every event tells. */
export type Common = { at: number; project: ProjectRef }

/** `2026-09-14 08:00:00 UTC`, or ISO 8601 in test deliveries. */
export const timeOf = (value: unknown): number | null => Date.parse(asText(value) ?? '') || null

export const statusOf = (value: unknown): CiStatus => (asText(value) ?? 'created') as CiStatus

/** null for what nobody did, and where the delivery does not tell. */
export function userOf(body: JsonObject): { id: number; username: string } | null {
  const id = asId(dig(body, 'user', 'id')) ?? asId(body.user_id)
  if (!id) return null
  return {
    id,
    username: asText(dig(body, 'user', 'username')) ?? asText(body.user_username) ?? '',
  }
}
