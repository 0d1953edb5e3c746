import type { Cleanup } from '../support/cleanup.ts'
import { asRatio, type Figure } from './figure.ts'
import { alternate, median } from './rounds.ts'
import type { Server } from './servers.ts'
import { onStage, type Stage } from './stage.ts'

const rounds = 5
const seconds = 0.8

/** How many deliveries the product takes, divided by how many a floor takes. */
async function ratio({ client }: Stage, product: Server, floor: Server, requests: string[]): Promise<string> {
  const templates = { requests, projects: 1 }
  const results = await alternate(rounds, {
    floor: () => client.saturate(floor.port, templates, seconds),
    product: () => client.saturate(product.port, templates, seconds),
  })
  return asRatio(median(results.product), median(results.floor))
}

/** 60 % running jobs, 18 % running pipelines of branches, 10 % merge requests (most of them pushes), the rest failed jobs and pipelines that ended, well mixed. */
function mixed({ deliveries: all }: Stage): string[] {
  const shares: [string, number][] = [
    [all.runningJob, 30],
    [all.runningPipeline, 9],
    [all.mergeRequests.push, 3],
    [all.mergeRequests.title, 1],
    [all.mergeRequests.labels, 1],
    [all.failedJob, 3],
    [all.canceledPipeline, 3],
  ]
  const requests = shares.flatMap(([request, count]) => Array.from({ length: count }, () => request))
  return requests.map((_, index) => requests[(index * 7) % requests.length] ?? '')
}

/** What taking deliveries costs: at saturation, against the least that does the same. */
export const benchAccept = (cleanup: Cleanup): Promise<Figure[]> =>
  onStage(cleanup, async (stage) => {
    const redis = await stage.redis()
    const product = await stage.product({ command: 'receiver', redis })
    const durable = await stage.floor('durable', redis)
    const empty = await stage.floor('empty-hono')
    const everything = await stage.floor('queue-everything', redis)
    const { failedJob, runningJob, largePipeline } = stage.deliveries
    return [
      {
        label: 'durable accept of a relevant job event, which wakes one reaction ÷ node:http + XADD',
        value: await ratio(stage, product, durable, [failedJob]),
        target: '≥ 0.5',
      },
      {
        label: 'accept of an irrelevant job event ÷ empty hono handler',
        value: await ratio(stage, product, empty, [runningJob]),
        target: '≥ 0.8',
      },
      {
        label: 'mixed traffic ÷ parse and queue everything',
        value: await ratio(stage, product, everything, mixed(stage)),
        target: '≥ 2.0',
      },
      {
        label: 'accept of an irrelevant 120 kB pipeline event ÷ empty hono handler',
        value: await ratio(stage, product, empty, [largePipeline]),
        target: '≥ 0.6',
      },
    ]
  })
