import { createHmac, randomUUID } from 'node:crypto'
import type { Project } from '../types.ts'
import type { World } from '../world.ts'
import type { Delivery, Hook, HookTrigger } from './types.ts'

/** Trigger name, singular, title-cased (gitlab: app/services/web_hook_service.rb). */
const eventNames: Record<HookTrigger, string> = {
  push_events: 'Push Hook',
  tag_push_events: 'Tag Push Hook',
  merge_requests_events: 'Merge Request Hook',
  note_events: 'Note Hook',
  confidential_note_events: 'Confidential Note Hook',
  issues_events: 'Issue Hook',
  pipeline_events: 'Pipeline Hook',
  job_events: 'Job Hook',
  deployment_events: 'Deployment Hook',
}

/** Standard Webhooks: HMAC-SHA256 over id, time and the raw body; the key is the base64 after `whsec_`. */
const signature = (signingToken: string, id: string, timestamp: string, body: string): string => {
  const key = Buffer.from(signingToken.replace(/^whsec_/, ''), 'base64')
  return `v1,${createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64')}`
}

type Draft = { hook: Hook; project: Project; trigger: HookTrigger; payload: unknown; idempotencyKey: string }

const headersOf = (world: World, draft: Draft, body: string): Record<string, string> => {
  const { hook, idempotencyKey } = draft
  const timestamp = String(Math.floor(Date.now() / 1000))
  return {
    'Content-Type': 'application/json',
    'User-Agent': 'GitLab/19.2.0',
    'Idempotency-Key': idempotencyKey,
    'X-Gitlab-Event': eventNames[draft.trigger],
    // New for every attempt, in spite of its name.
    'X-Gitlab-Webhook-UUID': randomUUID(),
    'X-Gitlab-Instance': world.url,
    // Names the chain of hooks that cause each other, not the delivery.
    'X-Gitlab-Event-UUID': randomUUID(),
    'webhook-id': idempotencyKey,
    'webhook-timestamp': timestamp,
    ...(hook.token === null ? {} : { 'X-Gitlab-Token': hook.token }),
    ...(hook.signingToken === null
      ? {}
      : { 'webhook-signature': signature(hook.signingToken, idempotencyKey, timestamp, body) }),
  }
}

type Answer = Pick<Delivery, 'responseStatus' | 'responseHeaders' | 'responseBody'>

const post = async (
  url: string,
  headers: Record<string, string>,
  body: string,
  signal: AbortSignal,
): Promise<Answer> => {
  try {
    const response = await fetch(url, { method: 'POST', headers, body, redirect: 'manual', signal })
    const responseBody = (await response.text()).slice(0, 8192)
    return { responseStatus: response.status, responseHeaders: Object.fromEntries(response.headers), responseBody }
  } catch (error) {
    return { responseStatus: 'internal error', responseHeaders: {}, responseBody: String(error) }
  }
}

const isOk = (delivery: Delivery): boolean =>
  typeof delivery.responseStatus === 'number' && delivery.responseStatus < 400

/** One attempt; a failed one is never repeated by GitLab itself. */
const deliver = async (world: World, draft: Draft): Promise<Delivery> => {
  const body = JSON.stringify(draft.payload)
  const requestHeaders = headersOf(world, draft, body)
  const started = performance.now()
  const signal = AbortSignal.any([AbortSignal.timeout(world.behaviour.hookTimeout), world.closing])
  const answer = await post(draft.hook.url, requestHeaders, body, signal)
  const { hook, project, trigger, payload } = draft
  const duration = (performance.now() - started) / 1000
  const id = world.nextId('delivery')
  const delivery = { id, hook, project, trigger, requestHeaders, payload, ...answer, duration, at: world.now() }
  hook.recentFailures = isOk(delivery) ? 0 : hook.recentFailures + 1
  world.deliveries.push(delivery)
  return delivery
}

export type Deliverer = {
  /** Sends the same data under the same Idempotency-Key. */
  resend(delivery: Delivery): Promise<Delivery>
  /** Resolves when every event so far was answered, failed or timed out. */
  settled(): Promise<void>
}

/** Makes the world's events reach the hooks that asked for them. */
export const createDeliverer = (world: World): Deliverer => {
  const underWay = new Set<Promise<unknown>>()
  const last = new Map<Hook, Promise<unknown>>()
  const track = (work: Promise<unknown>): void => {
    underWay.add(work)
    work.finally(() => underWay.delete(work))
  }
  world.emit = (project, trigger, payload) => {
    for (const hook of project.hooks.filter((candidate) => candidate.events.includes(trigger))) {
      const draft = { hook, project, trigger, payload, idempotencyKey: randomUUID() }
      const sequential = world.behaviour.hookOrder === 'sequential'
      const before = sequential ? last.get(hook) : undefined
      const work = (before ?? Promise.resolve()).then(() => deliver(world, draft))
      last.set(hook, work)
      track(work)
    }
  }
  world.resend = (delivery) =>
    deliver(world, { ...delivery, idempotencyKey: delivery.requestHeaders['Idempotency-Key'] ?? randomUUID() })
  return {
    resend: world.resend,
    settled: async () => {
      while (underWay.size > 0) await Promise.all(underWay)
    },
  }
}
