import { Redis } from 'ioredis'
import { Pool } from 'undici'
import { listenBare } from './listen.ts'

/**
 * The cheapest durable way in this runtime: node:http, one XADD for each event, and, where there is a GitLab to call,
 * XREADGROUP and a call by undici.
 */
const [socket = '', gitlabUrl] = process.argv.slice(2)
const stream = 'floor'
const producer = new Redis({ path: socket, enableAutoPipelining: true })

listenBare(async (body, _request, response) => {
  await producer.xadd(stream, '*', 'event', body)
  response.writeHead(204).end()
})

async function work(url: string): Promise<void> {
  const consumer = new Redis({ path: socket })
  const pool = new Pool(url, { connections: 16 })
  await producer.xgroup('CREATE', stream, 'workers', '$', 'MKSTREAM').catch(() => undefined)
  for (;;) {
    const read = await consumer.xreadgroup('GROUP', 'workers', 'one', 'COUNT', 50, 'BLOCK', 0, 'STREAMS', stream, '>')
    const entries = (read as [string, [string, string[]][]][] | null)?.[0]?.[1] ?? []
    for (const [id, [, event = '']] of entries) void call(pool, id, event)
  }
}

async function call(pool: Pool, id: string, event: string): Promise<void> {
  const { project_id, pipeline_id } = JSON.parse(event) as Record<string, number>
  const path = `/api/v4/projects/${project_id}/pipelines/${pipeline_id}/jobs`
  const { body } = await pool.request({ method: 'GET', path })
  await body.json()
  await producer.xack(stream, 'workers', id)
}

if (gitlabUrl) void work(gitlabUrl)
