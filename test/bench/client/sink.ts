import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { idSlot } from '../deliveries.ts'

export type Answers = { user: string; jobs: string }

/** As long as GitLab takes when it has much to do, in milliseconds. */
const slowly = 250

const notFound = '{"message":"404 Not found"}'

/** The pipeline or merge request that is asked about. */
const idIn = (url: string): number => Number(/\/(?:pipelines|merge_requests)\/(\d+)/.exec(url)?.[1] ?? 0)

/** A GitLab that gives the same answers again and again, and tells what it was asked about. */
export async function startSink(answers: Answers) {
  const jobsOf = (id: number) => answers.jobs.replaceAll(idSlot, String(id))
  let onCall = (_id: number): void => {}
  let slow: (id: number) => boolean = () => false
  const send = (response: ServerResponse, status: number, body: string) => {
    const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) }
    response.writeHead(status, headers).end(body)
  }
  const server = createServer((request, response) => {
    const { url = '' } = request
    if (url.startsWith('/api/v4/user')) return send(response, 200, answers.user)
    const about = idIn(url)
    onCall(about)
    if (slow(about)) return void setTimeout(send, slowly, response, 404, notFound)
    if (url.includes('/pipelines/') && url.includes('/jobs')) return send(response, 200, jobsOf(about))
    send(response, 404, notFound)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', 1024, resolve))
  return {
    port: (server.address() as AddressInfo).port,
    listen: (listener: typeof onCall): void => {
      onCall = listener
    },
    /** About what it takes its time from now on. */
    slowDown: (which: typeof slow): void => {
      slow = which
    },
  }
}

export type Sink = Awaited<ReturnType<typeof startSink>>
