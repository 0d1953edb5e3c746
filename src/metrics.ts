import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'

/** How a delivery was answered. */
export type DeliveryOutcome =
  | 'queued'
  | 'duplicate'
  | 'ignored'
  | 'unauthorized'
  | 'invalid'
  | 'too_large'
  | 'unavailable'

/** How a task ended this time; a task that is put off or retried will be counted again. */
export type TaskOutcome = 'acted' | 'skipped' | 'known' | 'put_off' | 'retried' | 'failed'

const latencyBuckets = [0.05, 0.1, 0.25, 0.5, 1, 2, 3, 5, 10, 30, 60, 300, 900]

/** Everything that is counted, in one registry for each process. */
export function createMetrics() {
  const registry = new Registry()
  const registers = [registry]
  collectDefaultMetrics({ register: registry })
  const deliveries = new Counter({
    name: 'pipewarden_deliveries_total',
    help: 'Webhook deliveries by kind of event and how they were answered',
    labelNames: ['kind', 'outcome'],
    registers,
  })
  const tasks = new Counter({
    name: 'pipewarden_tasks_total',
    help: 'Tasks by reaction and how they ended',
    labelNames: ['reaction', 'outcome'],
    registers,
  })
  const latency = new Histogram({
    name: 'pipewarden_reaction_seconds',
    help: 'From the receipt of a delivery until everything that was decided is performed, waits included',
    labelNames: ['reaction'],
    buckets: latencyBuckets,
    registers,
  })
  const gitlabCalls = new Histogram({
    name: 'pipewarden_gitlab_call_seconds',
    help: 'Calls of the GitLab API by method, route and status',
    labelNames: ['method', 'route', 'status'],
    registers,
  })
  const rateLimit = new Gauge({
    name: 'pipewarden_gitlab_rate_limit_remaining',
    help: 'What GitLab last said is left of the rate limit',
    registers,
  })
  // A gauge begins with 0, which here would read as "nothing is left"; many a GitLab has no limit and never says a word.
  rateLimit.remove()
  const slackRefusals = new Counter({
    name: 'pipewarden_slack_refusals_total',
    help: "Messages and questions that Slack refused for good, by Slack's word for the reason",
    labelNames: ['code'],
    registers,
  })
  return { registry, deliveries, tasks, latency, gitlabCalls, rateLimit, slackRefusals }
}

export type Metrics = ReturnType<typeof createMetrics>

/** Adds the sizes of the queues, read from Redis whenever somebody looks. */
export function addQueueMetrics(
  { registry }: Metrics,
  counts: () => Promise<{ reaction: string; counts: Record<string, number> }[]>,
): void {
  const gauge = new Gauge({
    name: 'pipewarden_queue_tasks',
    help: 'Tasks in the queues by reaction and state; failed ones rest until somebody looks at them',
    labelNames: ['reaction', 'state'],
    registers: [registry],
    async collect() {
      // Figures from before an outage would look like the present; the other metrics are wanted then more than ever.
      gauge.reset()
      for (const queue of await counts().catch(() => [])) {
        for (const [state, count] of Object.entries(queue.counts)) gauge.set({ reaction: queue.reaction, state }, count)
      }
    },
  })
}
