import type { RequestListener } from 'node:http'
import { inspect } from 'node:util'
import { Hono } from 'hono'
import { afterEach, describe, expect, it } from 'vitest'
import { withDeadline } from '../src/gitlab/deadline.ts'
import { GitLabError, isAlreadyRetried } from '../src/gitlab/errors.ts'
import {
  failureOf,
  gateway,
  jobJson,
  pipelineJson,
  startRawServer,
  startServer,
  token,
  userJson,
} from './gitlab/serve.ts'

const cleanups: (() => Promise<void>)[] = []

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
})

const serving = async (app: Hono) => {
  const server = await startServer(app)
  cleanups.push(server.close)
  return server
}

const servingRaw = async (listener: RequestListener) => {
  const server = await startRawServer(listener)
  cleanups.push(server.close)
  return server
}

const talkingTo = (...parameters: Parameters<typeof gateway>) => {
  const gitlab = gateway(...parameters)
  cleanups.push(gitlab.close)
  return gitlab
}

/** Answers with the statuses in turn, then with `json`. */
const inTurn = (statuses: readonly number[], json: object, headers: Record<string, string> = {}) => {
  const left = [...statuses]
  return new Hono().all('*', (c) => {
    const status = left.shift()
    return status === undefined ? c.json(json) : c.text('Retry later\n', status as 500, headers)
  })
}

const gitLabError = async (promise: Promise<unknown>): Promise<GitLabError> => {
  const error = await failureOf(promise)
  expect(error).toBeInstanceOf(GitLabError)
  return error as GitLabError
}

describe('reads that fail for a moment', () => {
  it.each([408, 425, 429, 500, 502, 503, 504, 520])('are asked again after a %i', async (status) => {
    const server = await serving(inTurn([status, status, status], pipelineJson))
    const { reader } = talkingTo(server.url)
    expect((await reader.pipeline(7, 42)).id).toBe(42)
    expect(server.seen).toHaveLength(4)
  })

  it('are given up after the third repetition, with everything worth knowing', async () => {
    const server = await serving(new Hono().all('*', (c) => c.text('<html>oops', 502, { 'x-request-id': 'r-1' })))
    const error = await gitLabError(talkingTo(server.url).reader.pipeline(7, 42))
    expect(server.seen).toHaveLength(4)
    expect(error).toMatchObject({
      message: 'GET /projects/7/pipelines/42: 502 Bad Gateway',
      status: 502,
      method: 'GET',
      route: '/projects/:id/pipelines/:pipeline',
      path: '/projects/7/pipelines/42',
      kind: 'retryable',
      requestId: 'r-1',
      maybeApplied: false,
    })
  })

  it.each([400, 401, 403, 404, 405, 409, 422])('are not asked again after a %i', async (status) => {
    const server = await serving(new Hono().all('*', (c) => c.json({ message: 'no' }, status as 400)))
    const error = await gitLabError(talkingTo(server.url).reader.pipeline(7, 42))
    expect(server.seen).toHaveLength(1)
    expect(error.kind).toBe(status === 404 ? 'not_found' : 'permanent')
  })

  it('are asked again when the connection breaks', async () => {
    const server = await servingRaw((request, response) => {
      if (server.counts.requests === 0) return request.socket.destroy()
      return response.end(JSON.stringify(pipelineJson))
    })
    expect((await talkingTo(server.url).reader.pipeline(7, 42)).status).toBe('running')
    expect(server.counts.requests).toBe(2)
  })
})

describe('writes', () => {
  it.each([500, 502, 503, 504, 408])(
    'that are a POST are sent once when the answer is a %i, and may be applied',
    async (status) => {
      const server = await serving(inTurn([status], pipelineJson))
      const error = await gitLabError(talkingTo(server.url).writer.cancelPipeline(7, 42))
      expect(server.seen).toHaveLength(1)
      expect(error).toMatchObject({ kind: 'retryable', maybeApplied: true })
    },
  )

  it('that are a POST are sent once when the connection breaks after they were sent', async () => {
    const server = await servingRaw((request) => request.socket.destroy())
    const error = await gitLabError(talkingTo(server.url).writer.createNote(7, 17, 'hello'))
    expect(server.counts.requests).toBe(1)
    expect(error).toMatchObject({ status: null, kind: 'retryable', maybeApplied: true })
  })

  it('that are a POST are sent again after a 429, for nothing was done', async () => {
    const server = await serving(inTurn([429, 429], pipelineJson))
    expect((await talkingTo(server.url).writer.cancelPipeline(7, 42)).id).toBe(42)
    expect(server.seen.map(({ method }) => method)).toEqual(['POST', 'POST', 'POST'])
  })

  it('that could not be sent are tried four times and were surely not applied', async () => {
    const { url, close } = await startServer(new Hono())
    await close()
    const gitlab = talkingTo(url)
    const error = await gitLabError(gitlab.writer.cancelPipeline(7, 42))
    expect(error).toMatchObject({ status: null, kind: 'retryable', maybeApplied: false })
    expect(error.message).toContain('ECONNREFUSED')
    expect(gitlab.logged().match(/asking GitLab again/g)).toHaveLength(3)
  })

  it('that are a PUT are sent again', async () => {
    const note = { id: 5, body: 'new', author: userJson, system: false, created_at: '2026-05-01T10:00:00Z' }
    const server = await serving(inTurn([503], note))
    expect((await talkingTo(server.url).writer.updateNote(7, 17, 5, 'new')).body).toBe('new')
    const sent = { method: 'PUT', url: '/api/v4/projects/7/merge_requests/17/notes/5', body: '{"body":"new"}' }
    expect(server.seen).toMatchObject([sent, sent])
  })

  it('say that a job was retried already', async () => {
    const message = '403 Forbidden - Job is not retryable'
    const server = await serving(new Hono().all('*', (c) => c.json({ message }, 403)))
    const error = await gitLabError(talkingTo(server.url).writer.retryJob(7, 9))
    expect(isAlreadyRetried(error)).toBe(true)
    expect(error.message).toBe('POST /projects/7/jobs/9/retry: 403 Forbidden - Job is not retryable')
    expect(isAlreadyRetried(new Error('Job is not retryable'))).toBe(false)
  })
})

describe('commit statuses', () => {
  const status = { name: 'pipewarden/x', state: 'failed', description: 'bad', pipeline: 42 } as const
  const statusJson = { id: 1, sha: 'abc', name: 'pipewarden/x', status: 'failed', pipeline_id: 42 }

  it('name their pipeline and no ref, and cut the description between characters', async () => {
    const server = await serving(new Hono().all('*', (c) => c.json(statusJson, 201)))
    const family = '👨‍👩‍👧'
    await talkingTo(server.url).writer.setCommitStatus(7, 'abc', { ...status, description: family.repeat(100) })
    const { description, ...sent } = JSON.parse(server.seen[0]?.body ?? '')
    expect(sent).toEqual({ state: 'failed', name: 'pipewarden/x', pipeline_id: 42 })
    expect(description).toBe(`${family.repeat(50)}…`)
  })

  it('are sent again while GitLab holds the lock of the commit', async () => {
    const left = [409, 409]
    const message = 'Another update to this commit status is in progress'
    const app = new Hono().all('*', (c) => (left.pop() ? c.json({ message }, 409) : c.json(statusJson, 201)))
    const server = await serving(app)
    await talkingTo(server.url).writer.setCommitStatus(7, 'abc', status)
    expect(server.seen).toHaveLength(3)
  })

  const refusing = (found: object[]) =>
    new Hono()
      .post('*', (c) => c.json({ message: 'Cannot transition status via :drop from :failed (Reason(s): …)' }, 400))
      .get('*', (c) => c.json(found))

  it('that GitLab has already are a success', async () => {
    const server = await serving(refusing([statusJson]))
    await talkingTo(server.url).writer.setCommitStatus(7, 'abc', status)
    expect(server.seen.at(-1)?.url).toBe(
      '/api/v4/projects/7/repository/commits/abc/statuses?pipeline_id=42&name=pipewarden%2Fx&per_page=100',
    )
  })

  it('that GitLab refuses in another state are an error', async () => {
    const server = await serving(refusing([{ ...statusJson, status: 'success' }]))
    const error = await gitLabError(talkingTo(server.url).writer.setCommitStatus(7, 'abc', status))
    expect(error).toMatchObject({ status: 400, kind: 'permanent' })
  })
})

describe('rate limits', () => {
  it('in plain text are waited for as Retry-After says', async () => {
    const server = await serving(inTurn([429], pipelineJson, { 'retry-after': '1', 'ratelimit-remaining': '0' }))
    const started = performance.now()
    await talkingTo(server.url).reader.pipeline(7, 42)
    expect(performance.now() - started).toBeGreaterThan(990)
    expect(server.seen).toHaveLength(2)
  })

  it('that ask for more than 20 s are handed up at once, and hold back every other call', async () => {
    const server = await serving(inTurn([429], pipelineJson, { 'retry-after': '45' }))
    const { reader, writer } = talkingTo(server.url)
    const error = await gitLabError(reader.pipeline(7, 42))
    expect(error).toMatchObject({ kind: 'rate_limited', status: 429, retryAfter: 45_000 })
    const second = await gitLabError(writer.cancelPipeline(8, 43))
    expect(second).toMatchObject({ kind: 'rate_limited', status: null, maybeApplied: false })
    expect(second.retryAfter).toBeGreaterThan(44_000)
    expect(server.seen).toHaveLength(1)
  })

  it('of one endpoint hold back this endpoint only', async () => {
    const text = 'This endpoint has been requested too many times. Try again later.'
    const app = new Hono()
      .post('*', (c) => c.json({ message: { error: text } }, 429, { 'retry-after': '60' }))
      .get('*', (c) => c.json(pipelineJson))
    const server = await serving(app)
    const { reader, writer } = talkingTo(server.url)
    const error = await gitLabError(writer.createNote(7, 17, 'hello'))
    expect(error.message).toBe(`POST /projects/7/merge_requests/17/notes: 429 ${text}`)
    expect((await gitLabError(writer.createNote(7, 18, 'hello'))).status).toBeNull()
    expect((await reader.pipeline(7, 42)).id).toBe(42)
    expect(server.seen).toHaveLength(2)
  })

  it('without a time are tried a few times, then put off for a minute', async () => {
    const server = await serving(new Hono().all('*', (c) => c.json({ message: { error: 'too many' } }, 429)))
    const error = await gitLabError(talkingTo(server.url).writer.createNote(7, 17, 'hello'))
    expect(error).toMatchObject({ kind: 'rate_limited', retryAfter: 60_000, maybeApplied: false })
    expect(server.seen).toHaveLength(4)
  })

  it('are respected before they are hit', async () => {
    const reset = String(Math.ceil(Date.now() / 1000) + 40)
    const headers = { 'ratelimit-limit': '600', 'ratelimit-remaining': '0', 'ratelimit-reset': reset }
    const server = await serving(new Hono().all('*', (c) => c.json(pipelineJson, 200, headers)))
    const { reader } = talkingTo(server.url)
    await reader.pipeline(7, 42)
    expect((await gitLabError(reader.pipeline(7, 42))).kind).toBe('rate_limited')
    expect(server.seen).toHaveLength(1)
  })
})

describe('redirects', () => {
  it('on the same host are followed by reads, with the token', async () => {
    const app = new Hono()
      .get('/api/v4/projects/7/pipelines/42', (c) => c.redirect('/moved?x=1', 301))
      .get('/moved', (c) => c.json(pipelineJson))
    const server = await serving(app)
    await talkingTo(server.url).reader.pipeline(7, 42)
    expect(server.seen.map(({ headers }) => headers['private-token'])).toEqual([token, token])
  })

  it('to another host are not followed by API calls, and the error says what to check', async () => {
    const other = await serving(new Hono().all('*', (c) => c.json(pipelineJson)))
    const server = await serving(new Hono().all('*', (c) => c.redirect(`${other.url}/x?secret=1`, 302)))
    const error = await gitLabError(talkingTo(server.url).reader.pipeline(7, 42))
    expect(error.message).toContain(`was redirected to ${other.url}, which never gets the token; is GITLAB_URL right?`)
    expect(error.kind).toBe('permanent')
    expect(other.seen).toEqual([])
  })

  it('are not followed by writes', async () => {
    const server = await serving(new Hono().all('*', (c) => c.redirect('/elsewhere?secret=1', 307)))
    const error = await gitLabError(talkingTo(server.url).writer.cancelPipeline(7, 42))
    expect(error.message).toContain('a write does not follow')
    expect(error.message).not.toContain('secret')
    expect(server.seen).toHaveLength(1)
  })

  it('in a circle end', async () => {
    const server = await serving(new Hono().all('*', (c) => c.redirect('/again', 302)))
    const error = await gitLabError(talkingTo(server.url).reader.pipeline(7, 42))
    expect(error.message).toContain('was redirected more than 5 times')
    expect(server.seen).toHaveLength(6)
  })
})

describe('answers', () => {
  it.each([
    ['announce that they are too large', { 'content-length': '5000' }],
    ['turn out to be too large', {}],
  ])('that %s are not read to the end', async (_title, headers) => {
    const body = JSON.stringify({ ...pipelineJson, name: 'x'.repeat(4_900) }).padEnd(5000)
    const stream = () => new Blob([body]).stream()
    const server = await serving(new Hono().all('*', (c) => c.body(stream(), 200, headers)))
    const error = await gitLabError(talkingTo(server.url, { limits: { jsonBytes: 4_000 } }).reader.pipeline(7, 42))
    expect(error).toMatchObject({ kind: 'permanent', reason: 'the answer is larger than 4000 bytes' })
    expect(server.seen).toHaveLength(1)
  })

  it('in gzip are read, within the same limit', async () => {
    const packed = async (text: string) =>
      new Response(new Blob([text]).stream().pipeThrough(new CompressionStream('gzip'))).arrayBuffer()
    const bodies = [JSON.stringify(pipelineJson), ' '.repeat(1_000_000)]
    const app = new Hono().all('*', async (c) =>
      c.body(await packed(bodies.shift() ?? ''), 200, { 'content-encoding': 'gzip' }),
    )
    const { reader } = talkingTo((await serving(app)).url, { limits: { jsonBytes: 10_000 } })
    expect((await reader.pipeline(7, 42)).id).toBe(42)
    expect((await gitLabError(reader.pipeline(7, 42))).reason).toBe('the answer is larger than 10000 bytes')
  })

  it('that are pages for people are no messages', async () => {
    const page = `<html><body>Sign in ${'x'.repeat(1000)}</body></html>`
    const server = await serving(new Hono().all('*', (c) => c.html(page)))
    const error = await gitLabError(talkingTo(server.url).reader.pipeline(7, 42))
    expect(error.message).toBe(
      'GET /projects/7/pipelines/42: 200, but the body is HTML; is GITLAB_URL right, or a proxy in the way?',
    )
  })

  it('of another shape name the call and the field', async () => {
    const server = await serving(new Hono().all('*', (c) => c.json([jobJson, { ...jobJson, pipeline: { id: '42' } }])))
    const { reader } = talkingTo(server.url)
    expect((await gitLabError(reader.pipelineJobs(7, 42))).message).toBe(
      'GET /projects/7/pipelines/42/jobs: unexpected answer: [1].pipeline.id is not a number',
    )
    expect((await gitLabError(reader.pipeline(7, 42))).message).toBe(
      'GET /projects/7/pipelines/42: unexpected answer: the body is not an object',
    )
  })

  it('that echo the token do not bring it into errors or logs, nor does anything else', async () => {
    const app = new Hono().all('*', (c) => c.json({ message: `bad token ${c.req.header('private-token')}` }, 500))
    const server = await serving(app)
    const gitlab = talkingTo(server.url)
    const error = await gitLabError(gitlab.reader.pipeline(7, 42))
    expect(error.message).toContain('bad token [redacted]')
    const shown = [inspect(error, { depth: 10, showHidden: true }), JSON.stringify(error), gitlab.logged()].join('\n')
    expect(shown).toContain('called GitLab')
    expect(shown).not.toContain(token)
  })
})

describe('deadlines', () => {
  const silent = () => serving(new Hono().all('*', () => new Promise<Response>(() => undefined)))

  it('end a read that is not answered, after its repetitions', async () => {
    const server = await silent()
    const { reader } = talkingTo(server.url, { limits: { headersTimeout: 50 } })
    const error = await gitLabError(reader.pipeline(7, 42))
    expect(error).toMatchObject({ kind: 'retryable', status: null })
    expect(error.message).toContain('UND_ERR_HEADERS_TIMEOUT')
    expect(server.seen).toHaveLength(4)
  })

  it('of one call cover all of its repetitions', async () => {
    const server = await silent()
    const { reader } = talkingTo(server.url, { limits: { callDeadline: 100 } })
    const started = performance.now()
    expect((await gitLabError(reader.pipeline(7, 42))).reason).toBe('not done within 0.1 s')
    expect(performance.now() - started).toBeLessThan(1_000)
    expect(server.seen).toHaveLength(1)
  })

  it('around several calls bound each of them', async () => {
    const server = await silent()
    const { reader, writer } = talkingTo(server.url)
    const both = () => Promise.all([gitLabError(reader.pipeline(7, 42)), gitLabError(writer.cancelPipeline(7, 42))])
    const [read, write] = await withDeadline(10_000, () => withDeadline(80, both))
    expect(read.maybeApplied).toBe(false)
    expect(write).toMatchObject({ kind: 'retryable', maybeApplied: true })
  })

  it('can be called off', async () => {
    const server = await silent()
    const stop = new AbortController()
    setTimeout(() => stop.abort(), 50)
    const { reader } = talkingTo(server.url)
    const error = await gitLabError(withDeadline(10_000, () => reader.pipeline(7, 42), stop.signal))
    expect(error.reason).toBe('given up by the caller')
  })

  it('do not sleep through a wait that leads beyond them', async () => {
    const server = await serving(inTurn([429], pipelineJson, { 'retry-after': '5' }))
    const { reader } = talkingTo(server.url)
    const started = performance.now()
    const error = await gitLabError(withDeadline(2_000, () => reader.pipeline(7, 42)))
    expect(error).toMatchObject({ kind: 'rate_limited', retryAfter: 5_000 })
    expect(performance.now() - started).toBeLessThan(1_000)
  })
})

describe('each exchange', () => {
  it('is counted by method, route and status', async () => {
    const server = await serving(inTurn([500], pipelineJson))
    const calls: object[] = []
    const { writer, reader } = talkingTo(server.url, { metrics: (call) => calls.push(call) })
    await reader.pipeline(7, 42)
    await writer.cancelPipeline(7, 42)
    const seconds = expect.any(Number)
    const get = { method: 'GET', route: '/projects/:id/pipelines/:pipeline', seconds, rateLimitRemaining: null }
    const post = { ...get, method: 'POST', route: '/projects/:id/pipelines/:pipeline/cancel' }
    expect(calls).toEqual([
      { ...get, status: 500 },
      { ...get, status: 200 },
      { ...post, status: 200 },
    ])
  })

  it('shares 64 connections, whatever the number of calls', async () => {
    const server = await servingRaw((_request, response) => {
      setTimeout(() => response.end(JSON.stringify(pipelineJson)), 5)
    })
    const { reader } = talkingTo(server.url)
    await Promise.all(Array.from({ length: 200 }, () => reader.pipeline(7, 42)))
    expect(server.counts.connections).toBe(64)
  })

  it('says who asks, and goes below the path of the instance', async () => {
    const server = await serving(new Hono().all('*', (c) => c.json(pipelineJson)))
    await talkingTo(`${server.url}/gitlab/`).reader.pipeline(7, 42)
    expect(server.seen[0]?.url).toBe('/gitlab/api/v4/projects/7/pipelines/42')
    expect(server.seen[0]?.headers['user-agent']).toBe('pipewarden')
  })
})

describe('what is remembered', () => {
  it('is a project, for a minute; failures are not, nor is the own user, whose token may end', async () => {
    const left = [403]
    const app = new Hono()
      .get('/api/v4/user', (c) => c.json(userJson))
      .get('/api/v4/projects/:id', (c) =>
        left.pop() ? c.json({}, 403) : c.json({ id: Number(c.req.param('id')), path_with_namespace: 'a/b' }),
      )
      .get('*', (c) => c.json(jobJson))
    const server = await serving(app)
    const { reader } = talkingTo(server.url)
    await gitLabError(reader.project(7))
    expect(await reader.project(7)).toMatchObject({ id: 7 })
    await Promise.all([reader.currentUser(), reader.currentUser(), reader.project(7), reader.project(8)])
    await Promise.all([reader.job(7, 9), reader.job(7, 9)])
    expect(server.seen.map(({ url }) => url.slice(8)).sort()).toEqual(
      ['projects/7', 'projects/7', 'projects/8', 'user', 'user', 'projects/7/jobs/9', 'projects/7/jobs/9'].sort(),
    )
  })

  it('is that an old instance has no /trigger_jobs', async () => {
    const bridge = { id: 1, name: 'child', stage: 'test', status: 'success', downstream_pipeline: null }
    const app = new Hono().get('/api/v4/projects/7/pipelines/:pipeline/bridges', (c) => c.json([bridge]))
    const server = await serving(app)
    const { reader } = talkingTo(server.url)
    expect(await reader.pipelineBridges(7, 42)).toMatchObject([{ name: 'child', downstream: null }])
    await reader.pipelineBridges(7, 43)
    expect(server.seen.map(({ url }) => url.split('/').at(-1)?.split('?')[0])).toEqual([
      'trigger_jobs',
      'bridges',
      'bridges',
    ])
  })
})
