import { Hono } from 'hono'
import type { Metrics } from '../metrics.ts'

/** `/metrics` in Prometheus' text format. */
export function createMetricsPage({ registry }: Metrics): Hono {
  const app = new Hono()
  app.get('/metrics', async (context) =>
    context.body(await registry.metrics(), 200, { 'content-type': registry.contentType }),
  )
  return app
}
