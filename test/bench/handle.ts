import { Redis } from 'ioredis'
import type { Cleanup } from '../support/cleanup.ts'
import { asRatio, type Figure } from './figure.ts'
import { fillWithDecisions } from './many-decisions.ts'
import { alternate, median } from './rounds.ts'
import { onStage } from './stage.ts'

const rounds = 5
const events = 600
const manyProjects = 1_000
const manyDecisions = 100_000

const overrides = Array.from(
  { length: manyProjects },
  (_, index) =>
    `  - projects: ["meadow/orchard-${5_550_000 + index}"]\n    fail_fast: {skip_labels: ["skip-${index}"]}\n`,
)

/** Taking events and reacting to them, all the way to the saved decision, at saturation. */
export const benchHandle = (cleanup: Cleanup): Promise<Figure[]> =>
  onStage(cleanup, async ({ client, deliveries, ...stage }) => {
    const plain = await stage.floor('plain-handler', client.gitlabUrl)
    const product = await stage.product({ command: 'start', redis: await stage.redis() })
    const requests = [deliveries.failedJob]
    const handle = (port: number, projects: number) => () => client.handle(port, { requests, projects }, events)
    const versus = await alternate(rounds, { plain: handle(plain.port, 1), product: handle(product.port, 1) })
    const crowdedRedis = await stage.redis()
    await withClient(crowdedRedis, (redis) => fillWithDecisions(redis, manyDecisions, manyProjects))
    const crowded = await stage.product({
      command: 'start',
      redis: crowdedRedis,
      config: `overrides:\n${overrides.join('')}`,
    })
    // Each project's configuration is put together when the first event of it comes.
    await client.handle(crowded.port, { requests, projects: manyProjects }, manyProjects)
    const growth = await alternate(rounds, { one: handle(product.port, 1), many: handle(crowded.port, manyProjects) })
    const size = `${manyProjects.toLocaleString('en')} projects configured and ${manyDecisions.toLocaleString('en')} decisions kept`
    return [
      {
        label:
          'accepted and handled events/s, durable, one reaction woken ÷ a hand-written handler in memory (instead of probot)',
        value: asRatio(median(versus.product), median(versus.plain)),
        target: '≥ 1.2 (that is 3 × probot)',
      },
      {
        label: `cost per event with ${size} ÷ with 1 and few`,
        value: median(growth.one) / median(growth.many),
        target: '≤ 1.2',
      },
    ]
  })

async function withClient<Result>(socket: string, work: (redis: Redis) => Promise<Result>): Promise<Result> {
  const redis = new Redis({ path: socket })
  try {
    return await work(redis)
  } finally {
    redis.disconnect()
  }
}
