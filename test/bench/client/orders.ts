import { setTimeout as sleep } from 'node:timers/promises'
import { createRequests, type Templates } from './requests.ts'
import type { Answers, Sink } from './sink.ts'
import { type Connection, open } from './wire.ts'

/** What the client process can be told to do. */
export type Order =
  | { do: 'start'; answers: Answers }
  /** As many as the server takes. */
  | { do: 'saturate'; port: number; templates: Templates; seconds: number }
  /** So many as fast as they are taken, until the sink was asked about each. */
  | { do: 'handle'; port: number; templates: Templates; count: number }
  /** At a steady rate, whatever the server does. */
  | { do: 'pace'; port: number; templates: Templates; perSecond: number; seconds: number }
  /** So many that the sink is slow to answer about; they are left to the server. */
  | { do: 'flood'; port: number; templates: Templates; count: number }

const connections = 64
const patienceMs = 30_000

async function openAll(count: number, port: number, onAnswer: (answered: Connection, status: number) => void) {
  const all = Array.from({ length: count }, async () => {
    const connection: Connection = await open(port, (status) => onAnswer(connection, status))
    return connection
  })
  return Promise.all(all)
}

function assertAccepted(status: number): void {
  if (status < 200 || status > 299) throw new Error(`the server answered ${status}`)
}

/** @returns answers a second */
export async function saturate({ port, templates, seconds }: Extract<Order, { do: 'saturate' }>): Promise<number> {
  const next = createRequests(templates)
  let answered = 0
  const all = await openAll(connections, port, (connection, status) => {
    assertAccepted(status)
    answered += 1
    connection.write(next().bytes)
  })
  const started = performance.now()
  for (const connection of all) connection.write(next().bytes)
  await sleep(seconds * 1000)
  const perSecond = (answered / (performance.now() - started)) * 1000
  for (const connection of all) connection.close()
  return perSecond
}

/** Sends so many and waits for their answers. */
async function sendAll(port: number, count: number, next: () => Buffer): Promise<void> {
  let [left, underWay] = [count, 0]
  const send = (connection: Connection): void => {
    if (left === 0) return
    left -= 1
    underWay += 1
    connection.write(next())
  }
  await new Promise<void>((resolve, reject) => {
    const onAnswer = (connection: Connection, status: number) => {
      assertAccepted(status)
      underWay -= 1
      send(connection)
      if (underWay > 0) return
      resolve()
      for (const each of all) each.close()
    }
    let all: Connection[] = []
    openAll(connections, port, onAnswer).then((opened) => {
      all = opened
      for (const connection of opened) send(connection)
    }, reject)
  })
}

/** @returns events a second, from the first that is sent to the last that led to a call of GitLab */
export async function handle(
  { port, templates, count }: Extract<Order, { do: 'handle' }>,
  sink: Sink,
): Promise<number> {
  const next = createRequests(templates)
  const waiting = new Set<number>()
  const started = performance.now()
  let ended = started
  sink.listen((pipeline) => {
    if (waiting.delete(pipeline)) ended = performance.now()
  })
  await sendAll(port, count, () => {
    const { id, bytes } = next()
    waiting.add(id)
    return bytes
  })
  while (waiting.size > 0 && performance.now() - started < patienceMs) await sleep(5)
  if (waiting.size > 0) throw new Error(`${waiting.size} of ${count} events led to no call of GitLab`)
  return (count / (ended - started)) * 1000
}

/** @returns milliseconds from each event to its call of GitLab */
export async function pace(order: Extract<Order, { do: 'pace' }>, sink: Sink): Promise<number[]> {
  const next = createRequests(order.templates)
  const sentAt = new Map<number, number>()
  const latencies: number[] = []
  sink.listen((pipeline) => {
    const sent = sentAt.get(pipeline)
    if (sent !== undefined && sentAt.delete(pipeline)) latencies.push(performance.now() - sent)
  })
  const due: Buffer[] = []
  const idle = await openAll(connections, order.port, (connection, status) => {
    assertAccepted(status)
    const overdue = due.shift()
    if (overdue) connection.write(overdue)
    else idle.push(connection)
  })
  const all = [...idle]
  const started = performance.now()
  for (let sent = 0; sent < order.perSecond * order.seconds; sent += 1) {
    await sleep(Math.max(0, started + (sent / order.perSecond) * 1000 - performance.now()))
    const { id, bytes } = next()
    sentAt.set(id, performance.now())
    const connection = idle.shift()
    if (connection) connection.write(bytes)
    else due.push(bytes)
  }
  while (sentAt.size > 0 && performance.now() - started < patienceMs) await sleep(5)
  for (const connection of all) connection.close()
  if (sentAt.size > 0) throw new Error(`${sentAt.size} events led to no call of GitLab`)
  return latencies
}

/** Resolves when all are taken. */
export async function flood({ port, templates, count }: Extract<Order, { do: 'flood' }>, sink: Sink): Promise<null> {
  const next = createRequests(templates)
  const ids = new Set<number>()
  sink.slowDown((pipeline) => ids.has(pipeline))
  await sendAll(port, count, () => {
    const { id, bytes } = next()
    ids.add(id)
    return bytes
  })
  return null
}
