import { describe, expect } from 'vitest'
import { isOnlyCommands, quickActionsIn } from '../support/fake-gitlab/rest/quick-actions.ts'
import { at, test } from './shop.ts'

describe('merge requests', () => {
  test('show their diff, labels, notes and newest pipeline', async ({
    fake,
    project,
    dana,
    call,
    json,
    pipelineOf,
  }) => {
    const mergeRequest = fake.addMergeRequest(project, {
      sourceBranch: 'topic',
      author: dana,
      labels: ['a'],
      changes: { 'src/cart.ts': 'one\n2\n', 'src/new.ts': 'new\n' },
      tooLarge: ['src/new.ts'],
    })
    const pipeline = pipelineOf([{ name: 'unit', status: 'running' }], mergeRequest)
    const path = `/projects/${project.id}/merge_requests/${mergeRequest.iid}`
    const put = await json('PUT', path, { body: { add_labels: 'b,c', remove_labels: 'a' } })
    expect(put.body).toMatchObject({ labels: ['b', 'c'], head_pipeline: { id: pipeline.id }, sha: mergeRequest.sha })
    const raw = await (await call('GET', `${path}/raw_diffs`)).text()
    expect(raw).toContain('--- a/src/cart.ts\n+++ b/src/cart.ts\n@@ -1,2 +1,2 @@\n one\n-two\n+2\n')
    expect((await json('GET', `${path}/diffs`)).body).toMatchObject([
      { new_path: 'src/cart.ts' },
      { too_large: true, diff: '' },
    ])
    fake.push(project, { branch: 'topic', user: dana, changes: { 'src/cart.ts': 'one\n3\n' } })
    expect((await json('GET', `${path}/versions`)).body).toHaveLength(2)
  })

  test('keep one label of a scope, and change nothing when nothing changes', async ({ fake, project, dana, json }) => {
    const mergeRequest = fake.addMergeRequest(project, {
      sourceBranch: 'topic',
      author: dana,
      labels: ['ci::full', 'x'],
    })
    fake.setLabels(mergeRequest, ['ci::full', 'x', 'ci::none'], dana)
    const path = `/projects/${project.id}/merge_requests/${mergeRequest.iid}`
    expect((await json('PUT', path, { body: { add_labels: 'x' } })).body.labels).toEqual(['ci::none', 'x'])
  })

  test('get pipelines unless the rules leave no job', async ({ fake, dana, json, call }) => {
    const jobsFor = ({ source }: { source: string }) => (source === 'api' ? [{ name: 'a' }] : [])
    const ruled = fake.addProject({ path: 'acme/ruled', jobsFor })
    const { token } = fake.addBot(ruled, 'maintainer')
    const { iid } = fake.addMergeRequest(ruled, { sourceBranch: 'topic', author: dana })
    expect((await call('POST', `/projects/${ruled.id}/merge_requests/${iid}/pipelines`, { token })).status).toBe(405)
    const made = await json('POST', `/projects/${ruled.id}/pipeline`, { token, body: { ref: 'topic' } })
    expect(made).toMatchObject({ status: 201, body: { source: 'api' } })
  })

  test('keep commands in notes apart', async ({ fake, project, dana, bot, call }) => {
    const mergeRequest = fake.addMergeRequest(project, { sourceBranch: 'topic', author: dana })
    const path = `/projects/${project.id}/merge_requests/${mergeRequest.iid}/notes`
    expect((await call('POST', path, { body: { body: 'See\n```\n/merge\n```' } })).status).toBe(201)
    expect(fake.quickActions).toEqual([])
    expect((await call('POST', path, { body: { body: '/merge' } })).status).toBe(202)
    expect(fake.quickActions).toMatchObject([{ line: '/merge', user: bot.user.username }])
    expect(mergeRequest.notes).toHaveLength(1)
  })

  test.for<[body: string, found: string[], only: boolean]>([
    ['/close', ['/close'], true],
    ['text\n/label ~x', ['/label ~x'], false],
    ['/tmp/file.txt', [], false],
    ['````\n```\n/close\n````\n/assign me', ['/assign me'], false],
    ['> /close', [], false],
  ])('find the commands of %j', ([body, found, only]) => {
    expect([quickActionsIn(body), isOnlyCommands(body)]).toEqual([found, only])
  })
})

describe('artifacts and reports', () => {
  test('come whole, by file, or from another host', async ({ fake, project, call, pipelineOf }) => {
    const pipeline = pipelineOf([
      { name: 'unit', status: 'success', artifacts: { 'out/lcov.info': 'SF:a' } },
      { name: 'lint', status: 'success' },
    ])
    const path = `/projects/${project.id}/jobs/${fake.job(pipeline, 'unit').id}/artifacts`
    expect(await (await call('GET', `${path}/out/lcov.info`)).text()).toBe('SF:a')
    expect((await call('GET', `${path}/out/none`)).status).toBe(404)
    expect((await call('GET', `/projects/${project.id}/jobs/${fake.job(pipeline, 'lint').id}/artifacts`)).status).toBe(
      404,
    )
    const whole = await call('GET', path)
    expect(
      Buffer.from(await whole.arrayBuffer())
        .subarray(0, 2)
        .toString(),
    ).toBe('PK')
    fake.behaviour.artifactsElsewhere = true
    const moved = await call('GET', path)
    expect(moved.status).toBe(302)
    await fetch(moved.headers.get('location') ?? '')
    expect(fake.storageRequests).toHaveLength(1)
  })

  test('show the latest attempts, merged by name, and for a while from a cache', async ({
    fake,
    dana,
    json,
    pipelineOf,
  }) => {
    const pipeline = pipelineOf([
      {
        name: 'unit 1/2',
        status: 'failed',
        testReport: [{ name: 'adds', status: 'failed', output: 'no', recentFailures: 3 }],
      },
      { name: 'unit 2/2', status: 'success', testReport: [{ name: 'subtracts', status: 'success' }] },
      { name: 'slow', status: 'running' },
    ])
    const report = () => json('GET', at(pipeline, '/test_report'))
    expect((await report()).body).toMatchObject({
      failed_count: 1,
      test_suites: [
        { name: 'unit', total_count: 2, test_cases: [{ system_output: 'no', recent_failures: { count: 3 } }, {}] },
      ],
    })
    const again = fake.retryJob(fake.job(pipeline, 'unit 1/2'), dana)
    fake.finishJob(again, 'success', { testReport: [{ name: 'adds', status: 'success' }] })
    expect((await report()).body.failed_count).toBe(1)
    fake.finishJob(fake.job(pipeline, 'slow'), 'success')
    expect((await report()).body.failed_count).toBe(0)
  })
})
