import { describe, expect } from 'vitest'
import { type Json, test as shopTest } from './shop.ts'

const test = shopTest.extend<{ set: (sha: string, body: unknown) => ReturnType<Json> }>({
  set: ({ json, project }, use) =>
    use((sha, body) => json('POST', `/projects/${project.id}/statuses/${sha}`, { body })),
})

describe('commit statuses', () => {
  test('join the pipeline they name and count in its status', async ({ fake, project, dana, pipelineOf, set }) => {
    const mergeRequest = fake.addMergeRequest(project, { sourceBranch: 'topic', author: dana })
    const pipeline = pipelineOf([{ name: 'unit', status: 'success' }], mergeRequest)
    expect(pipeline.status).toBe('success')
    const answer = await set(pipeline.sha, { state: 'failed', name: 'gate', pipeline_id: pipeline.id })
    expect(answer).toMatchObject({ status: 201, body: { name: 'gate', status: 'failed', pipeline_id: pipeline.id } })
    expect(pipeline.status).toBe('failed')
  })

  test('make a pipeline of their own when the commit has none', async ({ fake, project, dana, set }) => {
    const mergeRequest = fake.addMergeRequest(project, { sourceBranch: 'topic', author: dana })
    await set(mergeRequest.sha, { state: 'pending' })
    expect(project.pipelines.map(({ source, status, ref }) => [source, status, ref])).toEqual([
      ['external', 'pending', 'topic'],
    ])
  })

  test('update an own unfinished one, and replace a finished one', async ({ fake, project, dana, set }) => {
    const mergeRequest = fake.addMergeRequest(project, { sourceBranch: 'topic', author: dana })
    const send = (state: string) => set(mergeRequest.sha, { state, name: 'gate' })
    const ids = [await send('pending'), await send('running'), await send('success'), await send('success')]
    expect(new Set(ids.slice(0, 3).map(({ body }) => body.id)).size).toBe(1)
    expect(ids[3]?.body.id).not.toBe(ids[2]?.body.id)
  })

  test('refuse to change a running one to running', async ({ fake, project, dana, set }) => {
    const mergeRequest = fake.addMergeRequest(project, { sourceBranch: 'topic', author: dana })
    await set(mergeRequest.sha, { state: 'running' })
    const again = await set(mergeRequest.sha, { state: 'running' })
    expect(again.status).toBe(400)
    expect(again.body.message).toContain('Cannot transition status via :run from :running')
  })

  test.for<[what: string, sha: string, body: object, message: string]>([
    ['an unknown commit', '0123456789012345678901234567890123456789', { state: 'failed' }, '404 Commit Not Found'],
    [
      'a pipeline of another commit',
      'main',
      { state: 'failed', pipeline_id: 1 },
      '404 Pipeline for pipeline_id, sha and ref Not Found',
    ],
  ])('are not found for %s', async ([_what, sha, body, message], { set }) => {
    expect(await set(sha, body)).toMatchObject({ status: 404, body: { message } })
  })

  test('do not match a merge request pipeline by the name of its branch', async ({ fake, project, dana, set }) => {
    const mergeRequest = fake.addMergeRequest(project, { sourceBranch: 'topic', author: dana })
    fake.addPipeline(project, { mergeRequest, jobs: [{ name: 'unit', status: 'running' }] })
    await set(mergeRequest.sha, { state: 'failed', ref: 'topic' })
    expect(project.pipelines.map(({ source }) => source)).toEqual(['merge_request_event', 'external'])
  })
})
