import { Pool } from 'undici'
import { secret } from '../deliveries.ts'
import { listenBare } from './listen.ts'

/** What people write by hand: check the token, parse, answer, and do the work in memory, where a crash loses it. */
const [gitlabUrl = ''] = process.argv.slice(2)
const pool = new Pool(gitlabUrl, { connections: 16 })
const accepted = '{"status":"accepted"}'
const headers = { 'content-type': 'application/json', 'content-length': accepted.length }

listenBare((body, request, response) => {
  if (request.headers['x-gitlab-token'] !== secret) return void response.writeHead(401).end()
  const event = JSON.parse(body.toString('utf8')) as Record<string, unknown>
  response.writeHead(202, headers).end(accepted)
  if (event.object_kind === 'build' && event.build_status === 'failed') void react(event)
})

async function react({ project_id, pipeline_id }: Record<string, unknown>): Promise<void> {
  const path = `/api/v4/projects/${project_id}/pipelines/${pipeline_id}/jobs`
  const { body } = await pool.request({ method: 'GET', path })
  await body.json()
}
