import { inflateSync } from 'node:zlib'
import type { Redis } from 'ioredis'
import { beforeEach, describe, expect, it } from 'vitest'
import { createLog } from '../src/log.ts'
import { eventually, webhookSecret } from './support/bot.ts'
import { useBots } from './support/bots.ts'
import { delivery } from './support/deliveries.ts'
import { usePlace } from './support/place.ts'
import { post } from './support/post.ts'

const variable = 'hunter2-of-the-pipeline'
const dashboardToken = 'sesame-of-the-dashboard'
const signingToken = `whsec_${Buffer.from('a signing key of thirty-two bytes').toString('base64')}`

/** Everything that Redis holds, as text; what is deflated is inflated. */
async function everythingIn(redis: Redis): Promise<string> {
  const names = await redis.keys('*')
  const values = await Promise.all(names.map((name) => contentOf(redis, name)))
  return names.map((name, index) => `${name} ${values[index]}`).join('\n')
}

/** The head of the zlib format: the method, and a checksum of both bytes. */
const isDeflated = (bytes: Buffer): boolean =>
  bytes.length > 6 && ((bytes[0] ?? 0) & 0x0f) === 8 && bytes.readUInt16BE(0) % 31 === 0

async function contentOf(redis: Redis, name: string): Promise<string> {
  switch (await redis.type(name)) {
    case 'string': {
      const bytes = (await redis.getBuffer(name)) ?? Buffer.alloc(0)
      return (isDeflated(bytes) ? inflateSync(bytes) : bytes).toString()
    }
    case 'hash':
      return JSON.stringify(await redis.hgetall(name))
    case 'list':
      return JSON.stringify(await redis.lrange(name, 0, -1))
    case 'zset':
      return JSON.stringify(await redis.zrange(name, '0', '-1'))
    case 'stream':
      return JSON.stringify(await redis.xrange(name, '-', '+'))
    case 'set':
      return JSON.stringify(await redis.smembers(name))
    // Gone since it was listed.
    case 'none':
      return ''
    default:
      throw new Error(`cannot read ${name}`)
  }
}

describe('secrets', () => {
  const place = usePlace()
  const bots = useBots(place)
  let lines: string[]

  beforeEach(async () => {
    lines = []
    const { gitlab, project, author, botUser } = place
    gitlab.addMember(project, botUser, 'maintainer')
    const bot = await bots.start({
      variables: { DASHBOARD_TOKEN: dashboardToken, GITLAB_WEBHOOK_SIGNING_TOKEN: signingToken },
      config: [
        'conditions: {sowing: {variables: {SOWING: "hunter*"}}}',
        'fail_fast: {settle: 0s, pipelines: [sowing, merge_request]}',
      ].join('\n'),
      log: (line) => void lines.push(line),
    })
    gitlab.addHook(project, { ...bots.hookOf(bot), signingToken })
    const mergeRequest = gitlab.addMergeRequest(project, { sourceBranch: 'ripe-apples', author })
    const jobs = ['rspec fail-fast', 'rspec 1/2'].map((name) => ({ name, status: 'running' as const }))
    const variables = [{ key: 'SOWING', value: variable }]
    const pipeline = gitlab.addPipeline(project, { mergeRequest, jobs, variables })
    gitlab.finishJob(gitlab.job(pipeline, 'rspec fail-fast'), 'failed', { failureReason: 'script_failure' })
    // A task that fails is logged with its error and stays in Redis.
    await post(bot.url, JSON.stringify({ ...delivery('job-failed-fail-fast'), pipeline_id: 999_999 }))
    await eventually(
      () => pipeline.status,
      (status) => status === 'failed',
    )
  })

  const page = async (path: string): Promise<string> => {
    const response = await fetch(`${bots.url()}${path}`, { headers: { authorization: `Bearer ${dashboardToken}` } })
    expect(response.status).toBe(200)
    return response.text()
  }

  it('and variables of pipelines stay out of Redis, logs and pages', async () => {
    await eventually(
      () => lines.join(''),
      (text) => text.includes('"msg":"performed"'),
    )
    const seen = {
      redis: await everythingIn(place.redis.client()),
      log: lines.join('\n'),
      decisions: await page('/api/v1/decisions?project=meadow/orchard'),
      failed: await page('/api/v1/failed-tasks'),
      metrics: await page('/metrics'),
    }
    expect(JSON.stringify(place.gitlab.deliveries.map(({ payload }) => payload))).toContain(variable)
    expect(seen.redis).toContain('rspec fail-fast failed for good')
    expect(seen.log).toContain('called GitLab')
    for (const secret of [place.token, webhookSecret, signingToken, signingToken.slice(6), dashboardToken, variable]) {
      for (const text of Object.values(seen)) expect(text).not.toContain(secret)
    }
  })
})

describe('the log', () => {
  it('cuts secrets out of every line, wherever they came from, the longest first', () => {
    const lines: string[] = []
    const log = createLog('info', ['sesame and more', 'sesame'], { write: (line) => void lines.push(line) })
    log.info({ nested: [{ header: 'Bearer sesame' }] }, 'asked with sesame and more')
    log.error(new Error('refused: sesame'))
    expect(lines.join('')).not.toContain('sesame')
    expect(lines.join('')).not.toContain('and more')
    expect(lines).toHaveLength(2)
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({
      nested: [{ header: 'Bearer [secret]' }],
      msg: 'asked with [secret]',
    })
  })

  it('leaves words alone that have a short secret in them', () => {
    const lines: string[] = []
    const log = createLog('info', ['a.b)', 'ab'], { write: (line) => void lines.push(line) })
    log.info({ header: 'token: ab', other: 'a.b)', axb: 'axb)' }, 'asked GitLab, ab\nab')
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({
      header: 'token: [secret]',
      other: '[secret]',
      axb: 'axb)',
      msg: 'asked GitLab, [secret]\n[secret]',
    })
  })

  it('cuts out secrets that look different in JSON', () => {
    const lines: string[] = []
    const log = createLog('info', ['pass"word\\1'], { write: (line) => void lines.push(line) })
    log.info({ url: 'redis://:pass"word\\1@host' }, 'connected')
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({ url: 'redis://:[secret]@host', msg: 'connected' })
  })
})
