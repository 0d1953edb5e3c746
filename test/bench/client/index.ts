import { fork } from 'node:child_process'
import { once } from 'node:events'
import type { Order } from './orders.ts'
import type { Templates } from './requests.ts'
import type { Answers } from './sink.ts'

type Reply = { result: unknown } | { error: string }

/** The client process: one order after the other. */
export async function startClient(answers: Answers) {
  const child = fork(new URL('process.ts', import.meta.url))
  const ended = once(child, 'exit').then(() => [{ error: 'the client process ended' }])

  async function order(what: Order): Promise<unknown> {
    child.send(what)
    const [reply] = (await Promise.race([once(child, 'message'), ended])) as [Reply]
    if ('error' in reply) throw new Error(`${what.do}: ${reply.error}`)
    return reply.result
  }

  const sinkPort = (await order({ do: 'start', answers })) as number
  return {
    gitlabUrl: `http://127.0.0.1:${sinkPort}`,
    /** @returns answers a second */
    saturate: (port: number, templates: Templates, seconds: number) =>
      order({ do: 'saturate', port, templates, seconds }) as Promise<number>,
    /** @returns events a second that were taken and led to a call of GitLab */
    handle: (port: number, templates: Templates, count: number) =>
      order({ do: 'handle', port, templates, count }) as Promise<number>,
    /** @returns milliseconds from event to call */
    pace: (port: number, templates: Templates, perSecond: number, seconds: number) =>
      order({ do: 'pace', port, templates, perSecond, seconds }) as Promise<number[]>,
    flood: (port: number, templates: Templates, count: number) => order({ do: 'flood', port, templates, count }),
    close: () => child.disconnect(),
  }
}

export type Client = Awaited<ReturnType<typeof startClient>>
