import { hash } from 'node:crypto'
import type { HttpBindings } from '@hono/node-server'
import { type Context, Hono } from 'hono'
import type { Logger } from 'pino'
import type { GitLabEvent } from './event.ts'
import { readHead } from './event-head.ts'
import { asObject, type JsonObject } from './json.ts'
import type { DeliveryOutcome, Metrics } from './metrics.ts'
import { parseEvent } from './parse-event.ts'
import { canMatter, type Reaction, route } from './reaction.ts'
import { bodyLimit, readBody } from './receiver/body.ts'
import type { CredentialHeaders, Verifier } from './receiver/credentials.ts'
import { toldBeside } from './told.ts'

type Env = { Bindings: HttpBindings }
type Incoming = HttpBindings['incoming']

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
const retryAfterSeconds = '10'

/** The webhook endpoint: verify, parse, route, enqueue, answer. */
export function createReceiver(deps: ReceiverDeps): Hono<Env> {
  const app = new Hono<Env>()
  app.post('/webhooks/gitlab', (context) => takeDelivery(context, deps))
  app.onError((error, context) => notTaken(error, context, deps))
  return app
}

/** Nobody waits for the answer where the sender went away in the middle; all else is a mistake of ours. */
function notTaken(error: Error, context: Context<Env>, { log }: ReceiverDeps): Response {
  if (!context.env.incoming.complete) {
    log.info({ error: error.message }, 'the sender of a delivery went away before its end')
    return context.body(null, 400)
  }
  log.error({ error: error.message, stack: error.stack }, 'delivery not taken, for a mistake in pipewarden')
  return context.json({ status: 'failed', because: 'a mistake in pipewarden; its log says more' }, 500)
}

type Answer = {
  outcome: DeliveryOutcome
  kind: string
  response: Response | Promise<Response>
}

async function takeDelivery(context: Context<Env>, deps: ReceiverDeps): Promise<Response> {
  const { outcome, kind, response } = await judgeDelivery(context, deps)
  deps.metrics.deliveries.inc({ kind, outcome })
  return response
}

async function judgeDelivery(context: Context<Env>, deps: ReceiverDeps): Promise<Answer> {
  const now = deps.now?.() ?? Date.now()
  const { incoming } = context.env
  const headers = credentialHeaders(incoming)
  if (!deps.verifier.mayBeAuthentic(headers)) return unauthorized(context)
  if (Number(headerOf(incoming, 'content-length') ?? 0) > bodyLimit) return tooLarge(context)
  const body = await readBody(incoming)
  if (!body) return tooLarge(context)
  if (!deps.verifier.isAuthentic(headers, body, now)) return unauthorized(context)

  const head = readHead(body)
  if (head && !canMatter(head, deps.reactions)) {
    return ignored(context, head.kind, `no reaction to ${head.kind} events with status "${head.status}"`)
  }
  const json = parseJson(body)
  if (json === undefined) return invalid(context)
  const object = asObject(json)
  if (!object) return ignored(context, 'unknown', 'the body is no JSON object')
  return judgeEvent(context, deps, object, body, now)
}

async function judgeEvent(
  context: Context<Env>,
  deps: ReceiverDeps,
  object: JsonObject,
  body: Buffer,
  now: number,
): Promise<Answer> {
  const parsed = parseEvent(object, now)
  if ('because' in parsed) return ignored(context, 'unknown', parsed.because)
  const { event } = parsed
  const why = notForUs(event, deps)
  if (why) return ignored(context, event.kind, why)
  const woken = route(event, deps.reactions, toldBeside(object))
  if (woken.length === 0) return ignored(context, event.kind, 'no enabled reaction wants this event')
  return keep(context, deps, event, woken, deliveryId(context.env.incoming, body))
}

/** The bot's own notes, labels and issues would wake it for ever; its jobs and pipelines are everybody's. */
function notForUs(event: GitLabEvent, { serves, botUserId }: ReceiverDeps): string | null {
  if (!serves(event.project.path)) return `the project ${event.project.path} is not served`
  const own = 'user' in event && event.user !== null && event.user.id === botUserId()
  return own ? 'the bot did this itself' : null
}

async function keep(
  context: Context<Env>,
  deps: ReceiverDeps,
  event: GitLabEvent,
  woken: readonly Reaction[],
  id: string,
): Promise<Answer> {
  const reactions = woken.map(({ name }) => name)
  try {
    // First the tasks, then the memory of the delivery: should the process die between them, a resend is not taken
    // for a duplicate of something that was never kept.
    const isNew = await inTime(deps.enqueue(event, woken).then(() => deps.deliveries.isNew(id)))
    if (!isNew)
      return {
        outcome: 'duplicate',
        kind: event.kind,
        response: context.json({ status: 'duplicate' }),
      }
    return {
      outcome: 'queued',
      kind: event.kind,
      response: context.json({ status: 'queued', reactions }, 202),
    }
  } catch (error) {
    deps.log.warn({ error: (error as Error).message, kind: event.kind }, 'delivery not kept: Redis does not answer')
    const response = context.json({ status: 'unavailable', because: 'Redis does not answer' }, 503, {
      'retry-after': retryAfterSeconds,
    })
    return { outcome: 'unavailable', kind: event.kind, response }
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

/** `Idempotency-Key` is kept on a resend (GitLab 17.4), as is `webhook-id` (19.0); before them only the bytes tell. */
const deliveryId = (incoming: Incoming, body: Buffer): string =>
  hash('sha256', headerOf(incoming, 'idempotency-key') ?? headerOf(incoming, 'webhook-id') ?? body, 'base64url')

const credentialHeaders = (incoming: Incoming): CredentialHeaders => ({
  token: headerOf(incoming, 'x-gitlab-token'),
  signature: headerOf(incoming, 'webhook-signature'),
  id: headerOf(incoming, 'webhook-id'),
  timestamp: headerOf(incoming, 'webhook-timestamp'),
})

/** Hono would first copy all headers into an object of its own, which takes longer than the rest of an ignored delivery. */
function headerOf({ headers }: Incoming, name: string): string | undefined {
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

const ignored = (context: Context<Env>, kind: string, because: string): Answer => ({
  outcome: 'ignored',
  kind,
  response: context.json({ status: 'ignored', because }),
})

const unauthorized = (context: Context<Env>): Answer => ({
  outcome: 'unauthorized',
  kind: 'unknown',
  response: context.json(
    {
      status: 'unauthorized',
      because: 'neither X-Gitlab-Token nor webhook-signature fits what is configured',
    },
    401,
  ),
})

const invalid = (context: Context<Env>): Answer => ({
  outcome: 'invalid',
  kind: 'unknown',
  response: context.json({ status: 'invalid', because: 'the body is not JSON' }, 400),
})

/** Without `Connection: close`: closed under a sender who is still sending, the connection would take the answer with it. */
const tooLarge = (context: Context<Env>): Answer => ({
  outcome: 'too_large',
  kind: 'unknown',
  response: context.json({ status: 'too large', because: `the limit is ${bodyLimit} bytes` }, 413),
})
