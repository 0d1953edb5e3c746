import type { Cleanup } from '../support/cleanup.ts'
import type { Figure } from './figure.ts'
import { alternate, median, quantile } from './rounds.ts'
import { onStage } from './stage.ts'

const rounds = 5
const seconds = 1.5
const perSecond = 200
const waitingTasks = 5_000
const warmUpEvents = 3_000

const milliseconds = (value: number) => `${value.toFixed(2)} ms`

/** Of each round, then the middle one: the tail of one round may be somebody else's. */
const typical = (results: readonly number[][], share: number) =>
  median(results.map((latencies) => quantile(latencies, share)))

function figure(label: string, product: number[][], floor: number[][], share: number, target: string): Figure {
  const [own, least] = [typical(product, share), typical(floor, share)]
  return { label, value: `${(own / least).toFixed(2)} (${milliseconds(own)} ÷ ${milliseconds(least)})`, target }
}

/** From the event to the first call of GitLab, against the least durable way that does the same. */
export const benchLatency = (cleanup: Cleanup): Promise<Figure[]> =>
  onStage(cleanup, async ({ client, deliveries, ...stage }) => {
    const redis = await stage.redis()
    const floor = await stage.floor('durable', redis, client.gitlabUrl)
    const product = await stage.product({ command: 'start', redis })
    const relevant = { requests: [deliveries.failedJob], projects: 1 }
    const pace = (port: number) => () => client.pace(port, relevant, perSecond, seconds)
    const sides = { floor: pace(floor.port), product: pace(product.port) }
    for (const { port } of [floor, product]) await client.handle(port, relevant, warmUpEvents)
    const alone = await alternate(rounds, sides)
    await client.flood(product.port, { requests: [deliveries.canceledJob], projects: 1 }, waitingTasks)
    const flooded = await alternate(rounds, sides)
    const at = `at ${perSecond}/s`
    const others = `${waitingTasks.toLocaleString('en')} tasks waiting in another queue`
    return [
      figure(
        `event → GitLab call, one reaction woken ÷ durable floor, ${at}: p50`,
        alone.product,
        alone.floor,
        0.5,
        '≤ 2',
      ),
      figure(
        `event → GitLab call, one reaction woken ÷ durable floor, ${at}: p99`,
        alone.product,
        alone.floor,
        0.99,
        '≤ 3',
      ),
      figure(`the same with ${others}: p50`, flooded.product, flooded.floor, 0.5, '≤ 3'),
      figure(`the same with ${others}: p99`, flooded.product, flooded.floor, 0.99, '≤ 3'),
    ]
  })
