import { hash } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Logger } from 'pino'
import type { GitLabEvent } from './event.ts'
import { readHead } from './event-head.ts'
import { asObject, type JsonObject } from './json.ts'
import type { Metrics } from './metrics.ts'
import { parseEvent } from './parse-event.ts'
import { canMatter, type Reaction, route } from './reaction.ts'
import {
  type Answer,
  duplicate,
  ignored,
  invalid,
  queued,
  send,
  tooLarge,
  unauthorized,
  unavailable,
} from './receiver/answer.ts'
import { bodyLimit, readBody } from './receiver/body.ts'
import type { CredentialHeaders, Verifier } from './receiver/credentials.ts'
import { toldBeside } from './told.ts'

/** Remembers which deliveries were taken; the tasks themselves are not its concern. */
type DeliveryLog = { isNew(id: string): Promise<boolean> }

export type ReceiverDeps = {
  reactions: readonly Reaction[]
  verifier: Verifier
  /** Resolves once Redis has the tasks. */
  enqueue(event: GitLabEvent, woken: readonly Reaction[]): Promise<void>
  deliveries: DeliveryLog
  serves(projectPath: string): boolean
  /** null as long as GitLab has not told who the bot is. */
  botUserId(): number | null
  metrics: Metrics
  log: Logger
  now?: () => number
}

/** GitLab waits 10 s; a receiver that cannot keep a delivery says so well before. */
const redisPatienceMs = 2_000

/** Takes a request to the webhook's address and answers it. */
export type Receiver = (incoming: IncomingMessage, outgoing: ServerResponse) => Promise<void>

/**
 * The webhook endpoint: verify, parse, route, enqueue, answer.
 *
 * On node's own request and response: most deliveries are ignored, and a framework's would cost more than that takes.
 */
export const createReceiver =
  (deps: ReceiverDeps): Receiver =>
  async (incoming, outgoing) => {
    try {
      const answer = await judgeDelivery(incoming, deps)
      deps.metrics.deliveries.inc({ kind: answer.kind, outcome: answer.outcome })
      send(incoming, outgoing, answer)
    } catch (error) {
      notTaken(error as Error, incoming, outgoing, deps)
    }
  }

/** Nobody waits for the answer where the sender went away in the middle; all else is a mistake of ours. */
function notTaken(error: Error, incoming: IncomingMessage, outgoing: ServerResponse, { log }: ReceiverDeps): void {
  if (!incoming.complete) {
    log.info({ error: error.message }, 'the sender of a delivery went away before its end')
    outgoing.destroy()
    return
  }
  log.error({ error: error.message, stack: error.stack }, 'delivery not taken, for a mistake in pipewarden')
  const body = { status: 'failed', because: 'a mistake in pipewarden; its log says more' }
  if (!outgoing.headersSent) send(incoming, outgoing, { status: 500, body })
}

async function judgeDelivery(incoming: IncomingMessage, deps: ReceiverDeps): Promise<Answer> {
  const now = deps.now?.() ?? Date.now()
  const headers = credentialHeaders(incoming)
  const claim = deps.verifier.claimOf(headers)
  if (claim === 'none') return unauthorized
  if (Number(headerOf(incoming, 'content-length') ?? 0) > bodyLimit) return tooLarge
  const body = await readBody(incoming)
  if (!body) return tooLarge
  if (!deps.verifier.isAuthentic(headers, body, now, claim)) return unauthorized

  const head = readHead(body)
  if (head && !canMatter(head, deps.reactions)) {
    return ignored(head.kind, `no reaction to ${head.kind} events with status "${head.status}"`)
  }
  const json = parseJson(body)
  if (json === undefined) return invalid
  const object = asObject(json)
  if (!object) return ignored('unknown', 'the body is no JSON object')
  return judgeEvent(deps, object, now, () => deliveryId(incoming, body))
}

async function judgeEvent(
  deps: ReceiverDeps,
  object: JsonObject,
  now: number,
  deliveryIdOf: () => string,
): Promise<Answer> {
  const parsed = parseEvent(object, now)
  if ('because' in parsed) return ignored('unknown', parsed.because)
  const { event } = parsed
  const why = notForUs(event, deps)
  if (why) return ignored(event.kind, why)
  const woken = route(event, deps.reactions, toldBeside(object))
  if (woken.length === 0) return ignored(event.kind, 'no enabled reaction wants this event')
  return keep(deps, event, woken, deliveryIdOf())
}

/** The bot's own notes, labels and issues would wake it for ever; its jobs and pipelines are everybody's. */
function notForUs(event: GitLabEvent, { serves, botUserId }: ReceiverDeps): string | null {
  if (!serves(event.project.path)) return `the project ${event.project.path} is not served`
  const own = 'user' in event && event.user !== null && event.user.id === botUserId()
  return own ? 'the bot did this itself' : null
}

async function keep(deps: ReceiverDeps, event: GitLabEvent, woken: readonly Reaction[], id: string): Promise<Answer> {
  const { kind } = event
  try {
    // The tasks are added for a resend too, for the process may have died when only the delivery was remembered; what
    // was decided already is not decided again.
    const [isNew] = await inTime(Promise.all([deps.deliveries.isNew(id), deps.enqueue(event, woken)]))
    if (!isNew) return duplicate(kind)
    return queued(
      kind,
      woken.map(({ name }) => name),
    )
  } catch (error) {
    deps.log.warn({ error: (error as Error).message, kind }, 'delivery not kept: Redis does not answer')
    return unavailable(kind)
  }
}

async function inTime<T>(promise: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${redisPatienceMs} ms`)), redisPatienceMs)
  })
  try {
    return await Promise.race([promise, late])
  } finally {
    clearTimeout(timer)
  }
}

/** What GitLab makes, usable in a key as it is. */
const plainId = /^[\w-]{1,64}$/

/** `Idempotency-Key` is kept on a resend (GitLab 17.4), as is `webhook-id` (19.0); before them only the bytes tell. */
function deliveryId(incoming: IncomingMessage, body: Buffer): string {
  const given = headerOf(incoming, 'idempotency-key') ?? headerOf(incoming, 'webhook-id')
  return given !== undefined && plainId.test(given) ? given : hash('sha256', given ?? body, 'base64url')
}

const credentialHeaders = (incoming: IncomingMessage): CredentialHeaders => ({
  token: headerOf(incoming, 'x-gitlab-token'),
  signature: headerOf(incoming, 'webhook-signature'),
  id: headerOf(incoming, 'webhook-id'),
  timestamp: headerOf(incoming, 'webhook-timestamp'),
})

function headerOf({ headers }: IncomingMessage, name: string): string | undefined {
  const value = headers[name]
  return Array.isArray(value) ? value.join(', ') : value
}

function parseJson(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'))
  } catch {
    return undefined
  }
}
