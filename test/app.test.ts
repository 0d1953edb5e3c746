import { randomUUID } from 'node:crypto'
import { request } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Running } from '../src/index.ts'
import { eventually, startBot, startTestRedis, type TestRedis, webhookSecret } from './support/bot.ts'
import { delivery, deliveryBody } from './support/deliveries.ts'
import { type FakeGitLab, startFakeGitLab } from './support/fake-gitlab/index.ts'
import { post, seconds, sign } from './support/post.ts'

const signingTokens = ['first key of thirty-two bytes 123', 'second key that came with rotation'].map(
  (key) => `whsec_${Buffer.from(key).toString('base64')}`,
)
const [firstKey = '', secondKey = ''] = signingTokens
const mebibyte = 1024 * 1024

let gitlab: FakeGitLab
let redis: TestRedis
let bot: Running
let botUserId: number

beforeAll(async () => {
  redis = await startTestRedis()
  gitlab = await startFakeGitLab()
  gitlab.addUser({ username: 'imke' })
  const { user, token } = gitlab.addBot(gitlab.addProject({ path: 'meadow/orchard' }))
  botUserId = user.id
  bot = await startBot({
    gitlab,
    token,
    redis,
    // Tasks stay in the queue: nobody works on them.
    roles: { receiver: true, worker: false },
    config: 'projects: ["meadow/*"]\nfail_fast: {settle: 0s}\nundercoverage: {enabled: false}',
    variables: {
      GITLAB_WEBHOOK_SECRET: `an older secret, ${webhookSecret}`,
      GITLAB_WEBHOOK_SIGNING_TOKEN: signingTokens.join(','),
    },
  })
  await eventually(
    async () => (await fetch(`${bot.url}/readyz`)).text(),
    (text) => !text.includes('GitLab') && !text.includes('Redis'),
  )
})

afterAll(async () => {
  await bot.close()
  await gitlab.close()
  await redis.stop()
})

/** A failed fail-fast job that nobody has heard of yet. */
let nextJob = 500_000
function freshJob(change: object = {}): string {
  nextJob += 1
  return JSON.stringify({ ...delivery('job-failed-fail-fast'), build_id: nextJob, ...change })
}

const queued = { status: 'queued', reactions: ['fail-fast', 'flaky-tests'] }
const waiting = () => redis.client().llen('{pipewarden:fail-fast}:fail-fast:wait')

describe('credentials', () => {
  const body = freshJob()
  const signed = (token: string, at: number, change: Record<string, string | null> = {}) => {
    const id = randomUUID()
    return {
      'x-gitlab-token': null,
      'webhook-id': id,
      'webhook-timestamp': seconds(at),
      'webhook-signature': sign(token, id, at, body),
      ...change,
    }
  }

  it.each([
    { what: 'the secret token', headers: () => ({}) },
    { what: 'another accepted secret token', headers: () => ({ 'x-gitlab-token': 'an older secret' }) },
    { what: 'a signature', headers: () => signed(firstKey, Date.now()) },
    { what: 'a signature by another accepted key', headers: () => signed(secondKey, Date.now()) },
    { what: 'a signature made 4 minutes ago', headers: () => signed(firstKey, Date.now() - 240_000) },
    { what: 'a signature by a clock that is 4 minutes ahead', headers: () => signed(firstKey, Date.now() + 240_000) },
    {
      what: 'several signatures, one of them right',
      headers: () => {
        const right = signed(firstKey, Date.now())
        return { ...right, 'webhook-signature': `v1,${'A'.repeat(43)}= v2,abc ${right['webhook-signature']}` }
      },
    },
    { what: 'both', headers: () => signed(firstKey, Date.now(), { 'x-gitlab-token': webhookSecret }) },
    {
      what: 'a right signature and a wrong token',
      headers: () => signed(firstKey, Date.now(), { 'x-gitlab-token': 'wrong' }),
    },
  ])('with $what are enough', async ({ headers }) => {
    expect((await post(bot.url, body, headers())).status).toBeLessThan(300)
  })

  it.each([
    { what: 'no token', headers: () => ({ 'x-gitlab-token': null }) },
    { what: 'an empty token', headers: () => ({ 'x-gitlab-token': '' }) },
    { what: 'a wrong token', headers: () => ({ 'x-gitlab-token': `${webhookSecret}!` }) },
    { what: 'the whole list as a token', headers: () => ({ 'x-gitlab-token': `an older secret, ${webhookSecret}` }) },
    { what: 'the signing token as a token', headers: () => ({ 'x-gitlab-token': firstKey }) },
    { what: 'a signature 6 minutes old', headers: () => signed(firstKey, Date.now() - 360_000) },
    { what: 'a signature 6 minutes ahead', headers: () => signed(firstKey, Date.now() + 360_000) },
    { what: 'a signature without its id', headers: () => signed(firstKey, Date.now(), { 'webhook-id': null }) },
    { what: 'a signature with another id', headers: () => signed(firstKey, Date.now(), { 'webhook-id': 'other' }) },
    {
      what: 'a signature without its time',
      headers: () => signed(firstKey, Date.now(), { 'webhook-timestamp': null }),
    },
    { what: 'a time that is none', headers: () => signed(firstKey, Date.now(), { 'webhook-timestamp': 'NaN' }) },
    { what: 'a signature that is none', headers: () => signed(firstKey, Date.now(), { 'webhook-signature': 'v1,' }) },
    {
      what: 'a signature by an unknown key',
      headers: () => signed(`whsec_${Buffer.from('a key of somebody else, 32 bytes!').toString('base64')}`, Date.now()),
    },
    {
      what: 'a wrong signature beside the right token',
      headers: () => signed(firstKey, Date.now() - 360_000, { 'x-gitlab-token': webhookSecret }),
    },
  ])('with $what are answered with 401', async ({ headers }) => {
    const { status, body: answer } = await post(bot.url, body, headers())
    expect({ status, answer }).toEqual({
      status: 401,
      answer: {
        status: 'unauthorized',
        because: 'neither X-Gitlab-Token nor webhook-signature fits what is configured',
      },
    })
  })

  it('with a signature of other bytes are answered with 401', async () => {
    expect((await post(bot.url, `${body} `, signed(firstKey, Date.now()))).status).toBe(401)
  })
})

/** Begins to send a body of spaces and gives what is answered before its end. */
function begin(bytes: number, headers: Record<string, string>): Promise<{ status: number | undefined; text: string }> {
  return new Promise((resolve, reject) => {
    const sending = request(`${bot.url}/webhooks/gitlab`, { method: 'POST', headers, agent: false })
    sending.on('error', reject)
    sending.on('response', async (response) => {
      const parts: Buffer[] = []
      for await (const part of response) parts.push(part as Buffer)
      sending.destroy()
      resolve({ status: response.statusCode, text: Buffer.concat(parts).toString() })
    })
    sending.write(Buffer.alloc(bytes, 0x20))
  })
}

describe('a body', () => {
  const tooLarge = { status: 'too large', because: `the limit is ${25 * mebibyte} bytes` }
  const chunked = { 'transfer-encoding': 'chunked' }

  it('that says it is larger than 25 MB is answered with 413 before it is read', async () => {
    const length = String(25 * mebibyte + 1)
    const { status, text } = await begin(1, { 'x-gitlab-token': webhookSecret, 'content-length': length })
    expect(status).toBe(413)
    expect(JSON.parse(text)).toEqual(tooLarge)
  })

  it('that grows beyond 25 MB is answered with 413 before it ends', async () => {
    const { status, text } = await begin(25 * mebibyte + 1, { 'x-gitlab-token': webhookSecret, ...chunked })
    expect(status).toBe(413)
    expect(JSON.parse(text)).toEqual(tooLarge)
  })

  it('of somebody without credentials is answered with 401 before it is read', async () => {
    expect((await begin(1, { 'x-gitlab-token': 'wrong', ...chunked })).status).toBe(401)
    expect((await begin(1, { 'content-length': String(30 * mebibyte) })).status).toBe(401)
  })

  it('of nearly 25 MB is taken', async () => {
    const { status, body } = await post(bot.url, freshJob({ padding: 'x'.repeat(24 * mebibyte) }))
    expect({ status, body }).toEqual({ status: 202, body: queued })
  })

  it.each(['', 'build', '{"object_kind":"build"', deliveryBody('job-success').toString().slice(0, 500)])(
    'that is not JSON is answered with 400 (%j)',
    async (text) => {
      const { status, body } = await post(bot.url, text)
      expect({ status, body }).toEqual({ status: 400, body: { status: 'invalid', because: 'the body is not JSON' } })
    },
  )

  it.each(['[]', 'null', '17', '"text"', 'true'])('that is no object is ignored (%s)', async (text) => {
    const { status, body } = await post(bot.url, text)
    expect({ status, body }).toEqual({
      status: 200,
      body: { status: 'ignored', because: 'the body is no JSON object' },
    })
  })
})

describe('an authentic delivery', () => {
  it.each([
    { name: 'job-running', because: 'no reaction to job events with status "running"' },
    { name: 'job-success', because: 'no enabled reaction wants this event' },
    { name: 'merge-request-update-title', because: 'no enabled reaction wants this event' },
    { name: 'job-failed-fork', because: 'the project jonas/orchard is not served' },
    { name: 'unknown-release', because: 'nothing reacts to "release" events' },
    { name: 'system-hook-project-create', because: 'nothing reacts to this kind of events' },
    { name: 'custom-template', because: 'nothing reacts to this kind of events' },
    { name: 'custom-template-empty', because: 'nothing reacts to this kind of events' },
  ])('that nobody wants is answered with 200 and the reason ($name)', async ({ name, because }) => {
    const { status, body } = await post(bot.url, new Uint8Array(deliveryBody(name)))
    expect({ status, body }).toEqual({ status: 200, body: { status: 'ignored', because } })
  })

  it('that lacks what it is about is ignored', async () => {
    const { status, body } = await post(bot.url, freshJob({ build_id: null }))
    expect({ status, body }).toEqual({
      status: 200,
      body: { status: 'ignored', because: 'the job event lacks the id of what it is about' },
    })
  })

  it.each(['note-of-the-bot', 'merge-request-update-by-the-bot', 'issue-by-the-bot'])(
    'about what the bot did itself is dropped (%s)',
    async (name) => {
      const text = JSON.stringify({ ...delivery(name), user: { id: botUserId, username: 'pipewarden' } })
      const { status, body } = await post(bot.url, text)
      expect({ status, body }).toEqual({
        status: 200,
        body: { status: 'ignored', because: 'the bot did this itself' },
      })
    },
  )

  it('about a job that the bot retried is taken', async () => {
    const { status } = await post(bot.url, freshJob({ user: { id: botUserId, username: 'pipewarden' } }))
    expect(status).toBe(202)
  })

  it('that somebody wants is answered with 202 once its task waits in Redis', async () => {
    const before = await waiting()
    const { status, body } = await post(bot.url, freshJob())
    expect({ status, body }).toEqual({ status: 202, body: queued })
    expect(await waiting()).toBe(before + 1)
  })

  it.each([
    { by: 'Idempotency-Key', headers: { 'idempotency-key': 'one', 'webhook-id': null } },
    { by: 'webhook-id, without an Idempotency-Key', headers: { 'idempotency-key': null, 'webhook-id': 'two' } },
    { by: 'Idempotency-Key, before webhook-id', headers: { 'idempotency-key': 'three', 'webhook-id': 'four' } },
  ])('that comes again is known by its $by', async ({ headers }) => {
    const body = freshJob()
    expect((await post(bot.url, body, headers)).body).toEqual(queued)
    const before = await waiting()
    expect(await post(bot.url, body, headers)).toMatchObject({ status: 200, body: { status: 'duplicate' } })
    expect(await waiting()).toBe(before)
  })

  it('without an id that comes again is known by its bytes', async () => {
    const body = freshJob()
    const nameless = { 'idempotency-key': null, 'webhook-id': null }
    expect((await post(bot.url, body, nameless)).body).toEqual(queued)
    expect((await post(bot.url, body, nameless)).body).toEqual({ status: 'duplicate' })
    expect((await post(bot.url, freshJob(), nameless)).body).toEqual(queued)
  })

  it('is not remembered by the id of its chain of hooks, nor by that of its attempt', async () => {
    const same = { 'x-gitlab-event-uuid': 'chain', 'x-gitlab-webhook-uuid': 'attempt' }
    expect((await post(bot.url, freshJob(), same)).body).toEqual(queued)
    expect((await post(bot.url, freshJob(), same)).body).toEqual(queued)
  })

  it('about a fact that another hook told already makes no second task', async () => {
    const body = freshJob()
    const before = await waiting()
    expect((await post(bot.url, body)).body).toEqual(queued)
    expect((await post(bot.url, body)).body).toEqual(queued)
    expect(await waiting()).toBe(before + 1)
  })

  it('is remembered for 3 days', async () => {
    await post(bot.url, freshJob())
    const names = (await redis.client().keys('*:seen')).slice(0, 20)
    const lives = await Promise.all(names.map((name) => redis.client().ttl(name)))
    expect(lives.length).toBeGreaterThan(0)
    for (const life of lives) expect(life).toSatisfy((left: number) => left > 258_000 && left <= 259_200)
  })
})

describe('Redis', () => {
  it('hears nothing of deliveries that nobody wants', async () => {
    const monitor = await redis.client().monitor()
    const commands: string[] = []
    monitor.on('monitor', (_time: string, [command = '']: string[]) => commands.push(command))
    const unwanted = ['job-created', 'job-running', 'job-success', 'pipeline-running', 'push-branch']
    for (const name of [...unwanted, 'unknown-release', 'job-failed-fork', 'note-merge-request']) {
      await post(bot.url, new Uint8Array(deliveryBody(name)))
    }
    for (const body of ['[]', 'no JSON']) await post(bot.url, body)
    await post(bot.url, freshJob(), { 'x-gitlab-token': 'wrong' })
    await sleep(100)
    const unheard = commands.splice(0)
    await post(bot.url, freshJob())
    await eventually(
      () => commands,
      (heard) => heard.length > 0,
    )
    monitor.disconnect()
    expect(unheard).toEqual([])
  })
})
