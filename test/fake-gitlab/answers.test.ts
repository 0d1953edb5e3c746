import { describe, expect } from 'vitest'
import { at, test } from './shop.ts'

describe('answers', () => {
  test('come in pages that link to the next', async ({ project, json, pipelineOf }) => {
    for (let index = 0; index < 5; index += 1) pipelineOf([{ name: 'unit', status: 'success' }])
    const first = await json('GET', `/projects/acme%2Fshop/pipelines?per_page=2`)
    expect(first.body.map((pipeline: { id: number }) => pipeline.id)).toEqual([4005, 4004])
    expect(first.headers.get('x-next-page')).toBe('2')
    expect(first.headers.get('x-total')).toBe('5')
    expect(first.headers.get('link')).toContain('per_page=2&page=2>; rel="next"')
    const last = await json('GET', `/projects/acme%2Fshop/pipelines?per_page=2&page=3`)
    expect([last.body.length, last.headers.get('x-next-page')]).toEqual([1, ''])
    expect((await json('GET', `/projects/${project.id}/jobs`)).headers.get('x-total')).toBeNull()
  })

  test('page the tree by key, with nothing but a link', async ({ project, json }) => {
    const path = `/projects/${project.id}/repository/tree?recursive=true&pagination=keyset&per_page=2`
    const first = await json('GET', path)
    expect(first.headers.get('x-next-page')).toBeNull()
    const next = /page_token=(\w+)>; rel="next"/.exec(first.headers.get('link') ?? '')?.[1]
    const second = await json('GET', `${path}&page_token=${next}`)
    const paths = [...first.body, ...second.body].map((entry: { path: string }) => entry.path)
    expect([paths, second.headers.get('link')]).toEqual([['src', 'README.md', 'src/cart.ts'], null])
  })

  test('leave totals out of long lists', async ({ fake, project, json, pipelineOf }) => {
    fake.behaviour.countLimit = 1
    for (let index = 0; index < 2; index += 1) pipelineOf([{ name: 'unit', status: 'success' }])
    expect((await json('GET', `/projects/${project.id}/pipelines`)).headers.get('x-total')).toBeNull()
  })

  test('are 304 for those who know them', async ({ call, json }) => {
    const { headers } = await json('GET', '/user')
    const again = await call('GET', '/user', { headers: { 'If-None-Match': headers.get('etag') ?? '' } })
    expect([again.status, await again.text()]).toEqual([304, ''])
  })

  test('to what GitLab does not know are kept as problems', async ({ fake, project, call, json }) => {
    expect(await json('GET', '/nothing')).toMatchObject({ status: 404, body: { error: '404 Not Found' } })
    expect((await call('DELETE', '/user')).status).toBe(405)
    expect((await call('GET', `/projects/${project.id}/pipelines?stauts=failed`)).status).toBe(200)
    const missing = await json('POST', `/projects/${project.id}/statuses/main`, { body: { name: 'gate' } })
    expect(missing).toMatchObject({ status: 400, body: { error: 'state is missing' } })
    expect(fake.problems).toEqual([
      'GET /api/v4/nothing: unknown route',
      'DELETE /api/v4/user: wrong method',
      'GET /projects/:id/pipelines: unknown parameter stauts',
      'POST /projects/:id/statuses/:sha: state is missing',
    ])
  })

  test('hide child pipelines until they are asked for', async ({ fake, project, call, json }) => {
    fake.addPipeline(project, { ref: 'topic', bridges: [{ name: 'child', downstream: { jobs: [{ name: 'a' }] } }] })
    const sources = async (query: string) =>
      (await json('GET', `/projects/${project.id}/pipelines${query}`)).body.map((one: { source: string }) => one.source)
    expect([await sources(''), await sources('?source=parent_pipeline')]).toEqual([['push'], ['parent_pipeline']])
    fake.behaviour.triggerJobs = false
    const [pipeline] = project.pipelines
    if (pipeline === undefined) throw new Error('no pipeline')
    expect((await call('GET', at(pipeline, '/trigger_jobs'))).status).toBe(404)
    expect(await json('GET', at(pipeline, '/bridges'))).toMatchObject({
      body: [{ downstream_pipeline: { source: 'parent_pipeline' } }],
    })
  })
})

describe('trouble', () => {
  test('comes as it is ordered, and passes', async ({ fake, call }) => {
    fake.failNext({ fault: 503, times: 2 })
    fake.failNext({ fault: 'rack-limit', path: /user/, retryAfter: 7 })
    fake.failNext({ fault: 'endpoint-limit' })
    const statuses: number[] = []
    for (let tries = 0; tries < 5; tries += 1) {
      const response = await call('GET', '/user')
      statuses.push(response.status)
      if (tries === 2) {
        expect(await response.text()).toBe('Retry later\n')
        expect(response.headers.get('retry-after')).toBe('7')
      }
    }
    expect(statuses).toEqual([503, 503, 429, 429, 200])
  })

  test('can cut the connection after the work was done', async ({ fake, project, dana, call }) => {
    const mergeRequest = fake.addMergeRequest(project, { sourceBranch: 'topic', author: dana })
    const path = `/projects/${project.id}/merge_requests/${mergeRequest.iid}/notes`
    fake.failNext({ fault: 'after-apply', method: 'POST', path: /notes$/ })
    await expect(call('POST', path, { body: { body: 'Hello' } })).rejects.toThrow()
    fake.failNext({ fault: 'reset' })
    await expect(call('POST', path, { body: { body: 'Hello' } })).rejects.toThrow()
    expect(mergeRequest.notes.map((note) => note.body)).toEqual(['Hello'])
    expect(fake.calls('POST', /notes$/).map((request) => request.status)).toEqual([null, null])
  })

  test('can be a replica that lags, or too many requests', async ({ fake, call, pipelineOf }) => {
    fake.behaviour.replicaLag = 3_600_000
    const pipeline = pipelineOf([{ name: 'unit', status: 'running' }])
    expect((await call('GET', at(pipeline))).status).toBe(404)
    fake.behaviour.replicaLag = 1
    await new Promise((resolve) => setTimeout(resolve, 5))
    expect((await call('GET', at(pipeline))).status).toBe(200)
    fake.behaviour.rateLimit = { requests: 1, seconds: 60 }
    expect([(await call('GET', '/user')).status, (await call('GET', '/user')).status]).toEqual([200, 429])
  })
})
