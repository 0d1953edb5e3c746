import { type Context, Hono } from 'hono'
import type { FailedTask, FailedTasks } from '../failed-tasks.ts'
import { asId } from '../json.ts'
import { redisIsAway } from './redis-is-away.ts'

const path = '/api/v1/failed-tasks'
export const mostListed = 500

/**
 * `GET /api/v1/failed-tasks?reaction=&limit=`: the tasks that were given up, newest first.
 * `POST /api/v1/failed-tasks/retry`, `…/:reaction/retry` and `…/:reaction/:id/retry`: try them again.
 */
export function createFailedTasksPage(tasks: FailedTasks): Hono {
  const app = new Hono()
  app.get(path, (context) => list(context, tasks))
  app.use(`${path}/*`, async (context, next) => {
    // Browsers name the page that sends a request. Whoever visits one on the bot's machine shall not retry by it.
    if (context.req.header('origin') !== undefined) return context.json({ error: 'not from within a web page' }, 403)
    return next()
  })
  app.post(`${path}/retry`, async (context) => context.json({ retried: await tasks.retryAll() }))
  app.post(`${path}/:reaction/retry`, async (context) => {
    const { reaction } = context.req.param()
    if (!tasks.reactions.includes(reaction)) return noReaction(context, reaction, tasks)
    return context.json({ retried: await tasks.retryAll(reaction) })
  })
  app.post(`${path}/:reaction/:id/retry`, async (context) => {
    const { reaction, id } = context.req.param()
    if (await tasks.retry(reaction, id)) return context.json({ retried: 1 })
    return context.json({ error: `no failed task ${reaction}/${id}` }, 404)
  })
  app.onError(redisIsAway)
  return app
}

async function list(context: Context, tasks: FailedTasks): Promise<Response> {
  const { reaction, limit: given = '100' } = context.req.query()
  const limit = asId(given)
  if (limit === null) return context.json({ error: `limit must be a positive number, not "${given}"` }, 400)
  if (reaction && !tasks.reactions.includes(reaction)) return noReaction(context, reaction, tasks)
  const found = await tasks.list({ ...(reaction ? { reaction } : {}), limit: Math.min(limit, mostListed) })
  return context.json(found.map(shown))
}

const noReaction = (context: Context, reaction: string, { reactions }: FailedTasks): Response =>
  context.json({ error: `no reaction "${reaction}"; there are ${reactions.join(', ')}` }, 404)

/** As the page and the command line show it. */
export const shown = ({ at, decision, ...task }: FailedTask) => ({
  ...task,
  time: new Date(at).toISOString(),
  because: decision?.because ?? null,
  facts: decision?.facts ?? null,
})
