import type { AddressInfo } from 'node:net'
import { serve } from '@hono/node-server'
import { Queue } from 'bullmq'
import { Hono } from 'hono'
import { Redis } from 'ioredis'

/** The usual way: parse every event and queue a slim task; what is relevant is found out later. */
const [socket = ''] = process.argv.slice(2)
const queue = new Queue('everything', { connection: new Redis({ path: socket, maxRetriesPerRequest: null }) })
const app = new Hono()
app.post('/webhooks/gitlab', async (context) => {
  const event = (await context.req.json()) as Record<string, unknown>
  const { object_kind, project_id, pipeline_id, build_id, build_name, build_status, ref, sha } = event
  await queue.add(String(object_kind), { project_id, pipeline_id, build_id, build_name, build_status, ref, sha })
  return context.body(null, 204)
})
const server = serve({ fetch: app.fetch, hostname: '127.0.0.1', port: 0 })
server.once('listening', () => process.send?.((server.address() as AddressInfo).port))
process.on('disconnect', () => process.exit(0))
