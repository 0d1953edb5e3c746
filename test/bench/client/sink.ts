import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

export type Answers = { user: string; jobs: string }

/** As long as GitLab takes when it has much to do, in milliseconds. */
const slowly = 250

/** A GitLab that gives the same answers again and again, and tells when it was asked about a pipeline. */
export async function startSink(answers: Answers) {
  let onCall = (_pipeline: number): void => {}
  let slow: (pipeline: number) => boolean = () => false
  const send = (response: ServerResponse, body: string) => {
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) }).end(body)
  }
  const server = createServer((request, response) => {
    const { url = '' } = request
    if (url.startsWith('/api/v4/user')) return send(response, answers.user)
    const pipeline = Number(/\/pipelines\/(\d+)/.exec(url)?.[1] ?? 0)
    onCall(pipeline)
    if (slow(pipeline)) return void setTimeout(send, slowly, response, answers.jobs)
    send(response, answers.jobs)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    port: (server.address() as AddressInfo).port,
    listen: (listener: typeof onCall): void => {
      onCall = listener
    },
    /** Which pipelines' jobs take their time from now on. */
    slowDown: (which: typeof slow): void => {
      slow = which
    },
  }
}

export type Sink = Awaited<ReturnType<typeof startSink>>
