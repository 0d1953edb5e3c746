import { describe, expect } from 'vitest'
import type { User } from '../support/fake-gitlab/types.ts'
import { at, test } from './shop.ts'

describe('who may', () => {
  test('a stranger, a guest and a developer get 404, 403 and 200', async ({ fake, project, bot, call, pipelineOf }) => {
    const pipeline = pipelineOf([{ name: 'unit', status: 'running' }])
    const guest = fake.addUser({ username: 'gus' })
    fake.addMember(project, guest, 'guest')
    const stranger = fake.addUser({ username: 'sam' })
    const as = async (user: User) =>
      (await call('POST', at(pipeline, '/cancel'), { token: fake.addToken(user) })).status
    expect([await as(stranger), await as(guest), await as(bot.user)]).toEqual([404, 403, 200])
  })

  test('a token must be known, not revoked and wide enough', async ({ fake, project, bot, call, json }) => {
    const reading = fake.addToken(bot.user, ['read_api'])
    const revoked = fake.addToken(bot.user)
    fake.revokeToken(revoked)
    const notes = `/projects/${project.id}/labels`
    const body = { name: 'x', color: '#ffffff' }
    expect(await json('GET', '/user', { token: 'wrong' })).toMatchObject({
      status: 401,
      body: { message: '401 Unauthorized' },
    })
    expect(await json('GET', '/user', { token: null })).toMatchObject({ status: 401 })
    expect(await json('GET', '/user', { token: revoked })).toMatchObject({
      status: 401,
      body: { error: 'invalid_token' },
    })
    expect(await json('GET', '/user', { token: reading })).toMatchObject({ status: 200, body: { bot: true } })
    expect(await json('POST', notes, { token: reading, body })).toMatchObject({
      status: 403,
      body: { error: 'insufficient_scope' },
    })
    const bearer = { Authorization: `Bearer ${bot.token}` }
    expect((await call('GET', '/user', { token: null, headers: bearer })).status).toBe(200)
  })

  test('a running job proves which job it is; a finished one no longer', async ({ fake, json, pipelineOf }) => {
    const pipeline = pipelineOf([{ name: 'unit', status: 'running' }])
    const job = fake.job(pipeline, 'unit')
    const asJob = () => json('GET', '/job', { token: null, headers: { 'JOB-TOKEN': job.token } })
    expect(await asJob()).toMatchObject({ status: 200, body: { id: job.id } })
    fake.finishJob(job)
    expect((await asJob()).status).toBe(401)
  })

  test('a trigger token or the token of a running job starts a pipeline', async ({
    fake,
    project,
    json,
    pipelineOf,
  }) => {
    const job = fake.job(pipelineOf([{ name: 'unit', status: 'running' }]), 'unit')
    const start = (token: string | undefined) =>
      json('POST', `/projects/${project.id}/trigger/pipeline`, { token: null, body: { token, ref: 'main' } })
    expect((await start(project.triggerTokens[0])).body).toMatchObject({ source: 'trigger', ref: 'main' })
    expect((await start(job.token)).body).toMatchObject({ source: 'pipeline' })
    expect((await start('guessed')).status).toBe(404)
  })

  test('a public project is read by all and written by members', async ({ fake, call, json }) => {
    const open = fake.addProject({ path: 'acme/open', visibility: 'public' })
    expect((await call('GET', `/projects/${open.id}`, { token: null })).status).toBe(200)
    expect(await json('POST', `/projects/${open.id}/pipeline`, { body: { ref: 'main' } })).toMatchObject({
      status: 403,
    })
  })
})
