import { createHmac } from 'node:crypto'
import { describe, expect } from 'vitest'
import { startReceiver } from './receiver.ts'
import { test } from './shop.ts'

describe('webhooks', () => {
  test('tell of each step, once, with the headers of a signed delivery', async ({ fake, project, dana }) => {
    const receiver = await startReceiver(200)
    const key = Buffer.alloc(32, 7).toString('base64')
    fake.addHook(project, {
      url: receiver.url,
      token: 'secret',
      signingToken: `whsec_${key}`,
      events: ['job_events', 'pipeline_events'],
    })
    const mergeRequest = fake.addMergeRequest(project, { sourceBranch: 'topic', author: dana })
    const pipeline = fake.addPipeline(project, {
      mergeRequest,
      jobs: [{ name: 'unit' }],
      bridges: [{ name: 'child', status: 'manual', allowFailure: true }],
    })
    fake.finishJob(fake.job(pipeline, 'unit'), 'failed', { failureReason: 'runner_system_failure' })
    await fake.settled()
    const told = receiver.payloads().map((one) => one.build_status ?? `pipeline ${one.object_attributes.status}`)
    expect(told).toEqual([
      'created',
      'pending',
      'pipeline pending',
      'running',
      'pipeline running',
      'failed',
      'pipeline failed',
    ])
    expect(receiver.payloads()[5]).toMatchObject({
      ref: 'refs/merge-requests/17/head',
      build_failure_reason: 'runner_system_failure',
    })
    expect(receiver.payloads()[6]).toMatchObject({
      object_attributes: { ref: 'topic', source: 'merge_request_event' },
      merge_request: { iid: 17 },
      builds: [{ name: 'unit' }],
    })
    const [first] = receiver.received
    const { headers = {}, body = '' } = first ?? {}
    const signed = `${headers['webhook-id']}.${headers['webhook-timestamp']}.${body}`
    const expected = createHmac('sha256', Buffer.alloc(32, 7)).update(signed).digest('base64')
    expect(headers).toMatchObject({
      'x-gitlab-event': 'Job Hook',
      'x-gitlab-token': 'secret',
      'idempotency-key': headers['webhook-id'],
      'webhook-signature': `v1,${expected}`,
    })
    receiver.close()
  })

  test('tell of labels, notes, pushes and approvals', async ({ fake, project, dana }) => {
    const receiver = await startReceiver(200)
    fake.addHook(project, { url: receiver.url })
    const mergeRequest = fake.addMergeRequest(project, { sourceBranch: 'topic', author: dana, labels: ['a'] })
    fake.setLabels(mergeRequest, ['a', 'b'], dana)
    fake.setLabels(mergeRequest, ['b', 'a'], dana)
    fake.approve(mergeRequest, dana)
    fake.comment(mergeRequest, dana, 'Nice')
    fake.comment(mergeRequest, dana, 'Not for all', { internal: true })
    const oldSha = mergeRequest.sha
    fake.push(project, { branch: 'topic', user: dana })
    await fake.settled()
    expect(receiver.received.map(({ headers }) => headers['x-gitlab-event'])).toEqual([
      'Merge Request Hook',
      'Merge Request Hook',
      'Merge Request Hook',
      'Note Hook',
      'Confidential Note Hook',
      'Push Hook',
      'Merge Request Hook',
    ])
    const [open, labels, approved, note, , push, update] = receiver.payloads()
    expect(open).toMatchObject({ object_attributes: { action: 'open' }, labels: [{ title: 'a' }] })
    expect(labels.changes.labels).toMatchObject({
      previous: [{ title: 'a' }],
      current: [{ title: 'a' }, { title: 'b' }],
    })
    expect(approved.object_attributes.action).toBe('approved')
    expect(note).toMatchObject({ merge_request: { iid: 17 }, object_attributes: { note: 'Nice', action: 'create' } })
    expect(push).toMatchObject({ ref: 'refs/heads/topic', before: oldSha, commits: [{ id: mergeRequest.sha }] })
    expect(update.object_attributes).toMatchObject({
      action: 'update',
      oldrev: oldSha,
      last_commit: { id: mergeRequest.sha },
    })
    receiver.close()
  })

  test('are tried once; a resend keeps its key, also over the API', async ({ fake, project, dana, call, json }) => {
    const receiver = await startReceiver(500)
    const hook = fake.addHook(project, { url: receiver.url, events: ['note_events'] })
    fake.comment(fake.addMergeRequest(project, { sourceBranch: 'topic', author: dana }), dana, 'Hi')
    await fake.settled()
    const token = fake.addToken(dana)
    const events = `/projects/${project.id}/hooks/${hook.id}/events`
    const failed = await json('GET', `${events}?status=server_failure`, { token })
    expect(failed.body).toMatchObject([{ trigger: 'note_events', response_status: '500' }])
    await call('POST', `${events}/${failed.body[0].id}/resend`, { token })
    expect((await call('GET', events)).status).toBe(403)
    const keys = receiver.received.map(({ headers }) => headers['idempotency-key'])
    expect([keys.length, new Set(keys).size, hook.recentFailures]).toEqual([2, 1, 2])
    receiver.close()
  })
})
