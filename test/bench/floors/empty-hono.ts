import type { AddressInfo } from 'node:net'
import { serve } from '@hono/node-server'
import { Hono } from 'hono'

/** The framework with a handler that reads the body and does nothing. */
const app = new Hono()
app.post('/webhooks/gitlab', async (context) => {
  await context.req.arrayBuffer()
  return context.body(null, 204)
})
const server = serve({ fetch: app.fetch, hostname: '127.0.0.1', port: 0 })
server.once('listening', () => process.send?.((server.address() as AddressInfo).port))
process.on('disconnect', () => process.exit(0))
