import { createServer, type IncomingMessage, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { getRequestListener, type HttpBindings } from '@hono/node-server'
import { Hono } from 'hono'
import type { Receiver } from './app.ts'
import type { FailedTasks } from './failed-tasks.ts'
import type { Metrics } from './metrics.ts'
import { createDecisionsPage } from './pages/decisions.ts'
import { createFailedTasksPage } from './pages/failed-tasks.ts'
import { createFlakyTestsPage, type FlakyTestsSource } from './pages/flaky-tests.ts'
import { guard, isLoopback } from './pages/guard.ts'
import { createMetricsPage } from './pages/metrics-page.ts'
import { createProbes, type Need } from './pages/probes.ts'
import type { DecisionStore } from './store/decisions.ts'

const webhookPath = /^\/webhooks\/gitlab\/?(?:\?|$)/

export type HttpDeps = {
  host: string
  port: number
  dashboardToken: string | null
  needs: readonly Need[]
  /** What does not work although deliveries do. */
  warnings: readonly Need[]
  metrics: Metrics
  decisions: DecisionStore
  failedTasks: FailedTasks
  flakyTests: FlakyTestsSource
  /** null for a process that takes no deliveries. */
  receiver: Receiver | null
}

/**
 * The listener of a process: probes for everybody, pages behind the guard, the webhook where there is a receiver.
 *
 * @throws Error when the address is taken, or none of this machine
 */
export async function listen(deps: HttpDeps) {
  const app = new Hono<{ Bindings: HttpBindings }>()
  app.route('/', createProbes(deps.needs, deps.warnings))
  const loopback = isLoopback(deps.host)
  app.route('/', createFlakyTestsPage({ ...deps.flakyTests, dashboardToken: deps.dashboardToken, loopback }))
  app.use('*', guard({ token: deps.dashboardToken, loopback }))
  app.route('/', createMetricsPage(deps.metrics))
  app.route('/', createDecisionsPage(deps.decisions))
  app.route('/', createFailedTasksPage(deps.failedTasks))
  const pages = getRequestListener(app.fetch)
  const server = createServer((incoming, outgoing) => {
    const answer = deps.receiver && isDelivery(incoming) ? deps.receiver : pages
    void answer(incoming, outgoing)
  })
  server.listen(deps.port, deps.host)
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

/** With a slash at the end or without: GitLab switches a hook off that is answered 404. */
const isDelivery = ({ method, url }: IncomingMessage): boolean =>
  method === 'POST' && url !== undefined && webhookPath.test(url)

/** Longer than any answer takes; who has not sent a whole request by then is cut off. */
const farewellMs = 5_000

/** Takes no more connections and waits for the answers that are being written. */
function closed(server: Server): Promise<void> {
  return new Promise((resolve) => {
    const cutOff = setTimeout(() => server.closeAllConnections(), farewellMs)
    server.close(() => {
      clearTimeout(cutOff)
      resolve()
    })
    server.closeIdleConnections()
  })
}
