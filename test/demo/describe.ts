import type { Action } from '../../src/action.ts'
import { asObject, asText, dig, type JsonObject } from '../../src/json.ts'
import type { Outcome } from '../../src/store/decisions.ts'
import type { Delivery } from '../support/fake-gitlab/hooks/types.ts'
import type { Entry } from './timeline.ts'

/** A line about one delivery: what it says, and what the bot answered. Ignored ones may share a line. */
export function deliveryEntry({ payload, responseBody, responseStatus, at, duration }: Delivery): Entry {
  const what = saying(asObject(payload) ?? {})
  const answer = parse(responseBody)
  const status = asText(answer.status) ?? responseBody
  const folded = status === 'ignored' ? { folded: what.kind } : {}
  return {
    at: at - duration * 1000,
    who: 'delivery',
    text: `${what.whole} → ${responseStatus} ${status}${aboutAnswer(answer)}`,
    ...folded,
  }
}

function aboutAnswer({ reactions, because }: JsonObject): string {
  if (Array.isArray(reactions)) return ` for ${reactions.join(', ')}`
  return typeof because === 'string' ? `: ${because}` : ''
}

function saying(payload: JsonObject): { kind: string; whole: string } {
  const attributes = asObject(payload.object_attributes) ?? {}
  switch (payload.object_kind) {
    case 'build':
      return { kind: `job ${payload.build_status}`, whole: `job ${payload.build_name} ${payload.build_status}` }
    case 'pipeline':
      return { kind: `pipeline ${attributes.status}`, whole: `pipeline ${attributes.id} ${attributes.status}` }
    case 'merge_request':
      return { kind: `merge request ${attributes.action}`, whole: mergeRequestSaying(payload, attributes) }
    default:
      return { kind: String(payload.object_kind), whole: String(payload.object_kind) }
  }
}

function mergeRequestSaying(payload: JsonObject, { iid, action }: JsonObject): string {
  const changed = Object.keys(asObject(payload.changes) ?? {}).filter((key) => key !== 'updated_at')
  return `merge request !${iid} ${action}${changed.length > 0 ? ` (${changed.join(', ')})` : ''}`
}

/** As pino numbers its levels. */
const warning = 40

type LogLine = JsonObject & { level?: number; msg?: string }

/** A line about what the bot logged, when it is of interest: decisions, actions, and trouble. */
export function logEntries(line: string): Entry[] {
  const logged: LogLine = parse(line)
  const at = Date.parse(asText(logged.time) ?? '') || Date.now()
  if (logged.msg === 'decided') return [{ at, who: 'decision', text: decisionText(logged) }]
  if (logged.msg === 'performed') return [{ at, who: 'action', text: actionText(logged) }]
  if ((logged.level ?? 0) < warning) return []
  return [{ at, who: 'trouble', text: `${logged.msg}: ${asText(logged.error) ?? JSON.stringify(logged)}` }]
}

function decisionText(logged: LogLine): string {
  const actions = dig(logged, 'decision', 'actions')
  const acts = Array.isArray(actions) && actions.length > 0
  return `${logged.reaction} ${acts ? 'acts' : 'does nothing'}: ${dig(logged, 'decision', 'because')}`
}

function actionText(logged: LogLine): string {
  const action = logged.action as Action
  const { result, detail } = logged.outcome as Outcome
  return `${action.type}${aboutAction(action)} → ${result}${detail ? ` (${detail})` : ''}`
}

function aboutAction(action: Action): string {
  const { pipeline, job, mergeRequest, state } = action as { [key: string]: unknown }
  const parts = [
    ...(mergeRequest ? [`!${mergeRequest}`] : []),
    ...(pipeline ? [`pipeline ${pipeline}`] : []),
    ...(job ? [`job ${job}`] : []),
    ...(state ? [`${state}`] : []),
  ]
  return parts.length > 0 ? ` (${parts.join(', ')})` : ''
}

function parse(json: string): JsonObject {
  try {
    return asObject(JSON.parse(json)) ?? {}
  } catch {
    return {}
  }
}
