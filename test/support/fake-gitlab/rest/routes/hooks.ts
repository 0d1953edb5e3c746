import { z } from 'zod'
import { type Delivery, type Hook, hookTriggers } from '../../hooks/types.ts'
import { newHook } from '../../story/people.ts'
import { apiTime } from '../entities/common.ts'
import { notFound } from '../errors.ts'
import { paged, pageParams } from '../pages.ts'
import { flag, integer, text } from '../params.ts'
import { created, noContent, ok, type ProjectCall, projectRoute, type Route } from '../route.ts'

/** Never with the tokens themselves, only whether there are any. */
const hookEntity = (hook: Hook) => ({
  id: hook.id,
  url: hook.url,
  name: hook.name,
  created_at: apiTime(hook.createdAt),
  ...Object.fromEntries(hookTriggers.map((trigger) => [trigger, hook.events.includes(trigger)])),
  enable_ssl_verification: true,
  alert_status: 'executable',
  disabled_until: null,
  token_present: hook.token !== null,
  signing_token_present: hook.signingToken !== null,
})

const eventEntity = (delivery: Delivery) => ({
  id: delivery.id,
  url: delivery.hook.url,
  trigger: delivery.trigger,
  request_headers: delivery.requestHeaders,
  request_data: delivery.payload,
  response_headers: delivery.responseHeaders,
  response_body: delivery.responseBody,
  execution_duration: delivery.duration,
  response_status: String(delivery.responseStatus),
})

const findHook = (call: ProjectCall<unknown>): Hook => {
  const hook = call.project.hooks.find((candidate) => candidate.id === call.number('hook_id'))
  if (hook === undefined) throw notFound()
  return hook
}

const inClass = (delivery: Delivery, from: number, to: number): boolean =>
  typeof delivery.responseStatus === 'number' && delivery.responseStatus >= from && delivery.responseStatus < to

const hasStatus = (delivery: Delivery, status: string | number | undefined): boolean => {
  if (status === undefined) return true
  if (status === 'successful') return inClass(delivery, 200, 400)
  if (status === 'client_failure') return inClass(delivery, 400, 500)
  if (status === 'server_failure') return inClass(delivery, 500, 600) || delivery.responseStatus === 'internal error'
  return delivery.responseStatus === status
}

const triggerParams = Object.fromEntries(hookTriggers.map((trigger) => [trigger, flag.optional()])) as Record<
  (typeof hookTriggers)[number],
  z.ZodOptional<typeof flag>
>

const createParams = {
  url: z.url(),
  name: text.optional(),
  description: text.optional(),
  token: text.optional(),
  signing_token: text.optional(),
  enable_ssl_verification: flag.optional(),
  ...triggerParams,
}

const maintainer = { role: 'maintainer' } as const

export const hookRoutes: Route[] = [
  projectRoute('GET', '/hooks', maintainer, pageParams, (call) => paged(call, call.project.hooks, hookEntity)),
  projectRoute('GET', '/hooks/:hook_id', maintainer, {}, (call) => ok(hookEntity(findHook(call)))),
  /** Without any trigger a hook is sent pushes. */
  projectRoute('POST', '/hooks', maintainer, createParams, ({ world, project, params }) => {
    const wanted = hookTriggers.filter((trigger) => params[trigger] ?? trigger === 'push_events')
    const hook = newHook(world, {
      url: params.url,
      events: wanted,
      ...(params.name === undefined ? {} : { name: params.name }),
      ...(params.token === undefined ? {} : { token: params.token }),
      ...(params.signing_token === undefined ? {} : { signingToken: params.signing_token }),
    })
    project.hooks.push(hook)
    return created(hookEntity(hook))
  }),
  projectRoute('DELETE', '/hooks/:hook_id', maintainer, {}, (call) => {
    const hook = findHook(call)
    call.project.hooks = call.project.hooks.filter((other) => other !== hook)
    return noContent()
  }),
  projectRoute(
    'GET',
    '/hooks/:hook_id/events',
    maintainer,
    {
      status: z.union([z.enum(['successful', 'client_failure', 'server_failure']), integer]).optional(),
      ...pageParams,
    },
    (call) => {
      const hook = findHook(call)
      const sent = call.world.deliveries.filter((delivery) => delivery.hook === hook)
      return paged(call, sent.filter((delivery) => hasStatus(delivery, call.params.status)).reverse(), eventEntity)
    },
  ),
  projectRoute('POST', '/hooks/:hook_id/events/:event_id/resend', maintainer, {}, async (call) => {
    const hook = findHook(call)
    const sent = call.world.deliveries.find(
      (delivery) => delivery.hook === hook && delivery.id === call.number('event_id'),
    )
    if (sent === undefined) throw notFound()
    const again = await call.world.resend(sent)
    return created({ response_status: again.responseStatus })
  }),
]
