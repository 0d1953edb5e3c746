import type { Workers } from '../workers/index.ts'
import type { Identity } from './identity.ts'
import type { Need } from './pages/probes.ts'
import type { Queues } from './queue.ts'
import type { RedisClient } from './redis/connect.ts'
import type { Trouble } from './slack/trouble.ts'

/** What must work for a delivery that comes now to be accepted and processed. */
export function createNeeds(deps: {
  redis: RedisClient
  identity: Identity
  queues: Queues
  /** null in a process that does not work on tasks: then some other process must. */
  workers: Workers | null
}): Need[] {
  const { redis, identity, queues, workers } = deps
  return [
    { name: 'Redis', check: async () => ((await redis.ping()) === 'PONG' ? null : 'does not answer PING') },
    {
      name: 'GitLab',
      check: async () => (identity.isAccepted() ? null : 'has not said who the bot is; see the log for its answer'),
    },
    {
      name: 'workers',
      async check() {
        if (workers) return workers.isRunning() ? null : 'are not running'
        const idle = await queues.withoutWorkers()
        return idle.length === 0 ? null : `no process works on ${idle.join(', ')}`
      },
    },
  ]
}

/** What somebody has to mend, although deliveries are taken. @param slack null: Slack is not configured */
export const createWarnings = (slack: Trouble | null): Need[] =>
  slack ? [{ name: 'Slack', check: async () => (await slack.list()).join('; ') || null }] : []
