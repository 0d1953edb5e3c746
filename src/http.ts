import type { AddressInfo } from 'node:net'
import { type HttpBindings, type ServerType, serve } from '@hono/node-server'
import { Hono } from 'hono'
import type { Metrics } from './metrics.ts'
import { createDecisionsPage } from './pages/decisions.ts'
import { createFlakyTestsPage, type FlakyTestsSource } from './pages/flaky-tests.ts'
import { guard, isLoopback } from './pages/guard.ts'
import { createMetricsPage } from './pages/metrics-page.ts'
import { createProbes, type Need } from './pages/probes.ts'
import type { DecisionStore } from './store/decisions.ts'

export type HttpDeps = {
  host: string
  port: number
  dashboardToken: string | null
  needs: readonly Need[]
  /** What does not work although deliveries do. */
  warnings: readonly Need[]
  metrics: Metrics
  decisions: DecisionStore
  flakyTests: FlakyTestsSource
  /** null for a process that takes no deliveries. */
  receiver: Hono<{ Bindings: HttpBindings }> | null
}

/**
 * The listener of a process: probes for everybody, pages behind the guard, the webhook where there is a receiver.
 *
 * @throws Error when the address is taken, or none of this machine
 */
export async function listen(deps: HttpDeps) {
  const app = new Hono<{ Bindings: HttpBindings }>()
  if (deps.receiver) app.route('/', deps.receiver)
  app.route('/', createProbes(deps.needs, deps.warnings))
  const loopback = isLoopback(deps.host)
  app.route('/', createFlakyTestsPage({ ...deps.flakyTests, dashboardToken: deps.dashboardToken, loopback }))
  app.use('*', guard({ token: deps.dashboardToken, loopback }))
  app.route('/', createMetricsPage(deps.metrics))
  app.route('/', createDecisionsPage(deps.decisions))
  const server = serve({ fetch: app.fetch, hostname: deps.host, port: deps.port })
  await new Promise<void>((resolve, reject) => {
    server.once('listening', resolve)
    server.once('error', (cause) => {
      reject(new Error(`cannot listen on HOST ${deps.host}, PORT ${deps.port}: ${cause.message}`, { cause }))
    })
  })
  const { address, port } = server.address() as AddressInfo
  return {
    url: `http://${address.includes(':') ? `[${address}]` : address}:${port}`,
    close: () => closed(server),
  }
}

/** Longer than any answer takes; who has not sent a whole request by then is cut off. */
const farewellMs = 5_000

/** Takes no more connections and waits for the answers that are being written. */
function closed(server: ServerType): Promise<void> {
  return new Promise((resolve) => {
    const cutOff = setTimeout(() => 'closeAllConnections' in server && server.closeAllConnections(), farewellMs)
    server.close(() => {
      clearTimeout(cutOff)
      resolve()
    })
    if ('closeIdleConnections' in server) server.closeIdleConnections()
  })
}
