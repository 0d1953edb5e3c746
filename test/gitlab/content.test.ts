import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Hono } from 'hono'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { failureOf, gateway, jobJson, startRawServer, startServer, token, userJson } from './serve.ts'

let folder: string
const cleanups: (() => Promise<void>)[] = []

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pipewarden-gitlab-'))
})

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
  await rm(folder, { recursive: true, force: true })
})

const serving = async (app: Hono, limits = {}) => {
  const server = await startServer(app)
  const gitlab = gateway(server.url, { limits })
  cleanups.push(server.close, gitlab.close)
  return { ...server, ...gitlab }
}

const credentials = ['private-token', 'authorization', 'job-token', 'cookie']

describe('a download that is redirected to an object store', () => {
  const store = () => new Hono().all('*', (c) => c.body('PK archive'))

  it.each([301, 302, 303, 307, 308])('by a %i is followed without any credential', async (status) => {
    const other = await serving(store())
    const target = `${other.url}/bucket/a.zip?signature=once`
    const gitlab = await serving(new Hono().all('*', (c) => c.redirect(target, status as 302)))
    const file = join(folder, 'a.zip')
    expect(await gitlab.reader.artifactArchive(7, 9, file, { maxBytes: 100 })).toBe(10)
    expect(await readFile(file, 'utf8')).toBe('PK archive')
    expect(gitlab.seen[0]?.headers['private-token']).toBe(token)
    expect(other.seen).toMatchObject([{ url: '/bucket/a.zip?signature=once' }])
    expect(Object.keys(other.seen[0]?.headers ?? {}).filter((name) => credentials.includes(name))).toEqual([])
  })

  it('does not get the token back when the store redirects home', async () => {
    let home = ''
    const other = await serving(new Hono().all('*', (c) => c.redirect(`${home}/home`, 302)))
    const app = new Hono().get('/home', (c) => c.text('made it')).get('*', (c) => c.redirect(`${other.url}/x`, 302))
    const gitlab = await serving(app)
    home = gitlab.url
    await gitlab.reader.artifactFile(7, 9, 'a.txt', { maxBytes: 100 })
    expect(gitlab.seen.map(({ headers }) => headers['private-token'])).toEqual([token, undefined])
  })

  it('is not followed to anything but HTTP', async () => {
    const gitlab = await serving(new Hono().all('*', (c) => c.redirect('file:///etc/passwd', 302)))
    const error = await failureOf(gitlab.reader.artifactFile(7, 9, 'a.txt', { maxBytes: 100 }))
    expect(error).toMatchObject({ kind: 'permanent', reason: 'was redirected to file:' })
  })
})

describe('an archive', () => {
  it('that is larger than allowed leaves no file', async () => {
    const endless = () =>
      new ReadableStream<Uint8Array>({ pull: (controller) => controller.enqueue(new Uint8Array(65_536)) })
    const gitlab = await serving(new Hono().all('*', (c) => c.body(endless())))
    const error = await failureOf(gitlab.reader.artifactArchive(7, 9, join(folder, 'a.zip'), { maxBytes: 1_000_000 }))
    expect(error).toMatchObject({ kind: 'permanent', reason: 'the answer is larger than 1000000 bytes' })
    expect(await readdir(folder)).toEqual([])
  })

  it('is fetched again from the start when the connection breaks', async () => {
    const server = await startRawServer((request, response) => {
      if (server.counts.requests > 0) return response.end('whole archive')
      response.writeHead(200, { 'content-length': '13' }).write('half an arch')
      return setTimeout(() => request.socket.destroy(), 20)
    })
    const gitlab = gateway(server.url)
    cleanups.push(server.close, gitlab.close)
    const file = join(folder, 'a.zip')
    expect(await gitlab.reader.artifactArchive(7, 9, file, { maxBytes: 100 })).toBe(13)
    expect(await readFile(file, 'utf8')).toBe('whole archive')
  })

  it('that has expired is not there', async () => {
    const gitlab = await serving(new Hono().all('*', (c) => c.json({ message: '404 Not Found' }, 404)))
    const error = await failureOf(gitlab.reader.artifactArchive(7, 9, join(folder, 'a.zip'), { maxBytes: 10 }))
    expect(error).toMatchObject({ kind: 'not_found', route: '/projects/:id/jobs/:job/artifacts' })
  })
})

describe('a file of an archive', () => {
  it('is asked for by its encoded path', async () => {
    const gitlab = await serving(new Hono().all('*', (c) => c.body(new Uint8Array([0, 255]))))
    expect(await gitlab.reader.artifactFile(7, 9, 'out/a b?#%.xml', { maxBytes: 10 })).toEqual(Buffer.from([0, 255]))
    expect(gitlab.seen[0]?.url).toBe('/api/v4/projects/7/jobs/9/artifacts/out/a%20b%3F%23%25.xml')
  })

  it.each(['../../../../user', 'a/./b', '..', './a', '..\\..\\user/../..'])(
    'that is called %s leads nowhere else',
    async (path) => {
      const gitlab = await serving(new Hono().all('*', (c) => c.body('x')))
      const error = await failureOf(gitlab.reader.artifactFile(7, 9, path, { maxBytes: 10 }))
      expect(error).toMatchObject({ kind: 'permanent', reason: 'not sent, this is no path of the API' })
      expect(gitlab.seen).toEqual([])
    },
  )
})

describe('the end of a trace', () => {
  const log = `${'first line\n'.repeat(100_000)}größer\n`

  it.each([
    [7, 'ößer\n'],
    [6, 'ßer\n'],
    [8, 'rößer\n'],
    [100_000, log.slice(-(100_000 - 2))],
    [10_000_000, log],
  ])('of %i bytes starts with a whole character', async (tailBytes, expected) => {
    const gitlab = await serving(new Hono().all('*', (c) => c.text(log)))
    expect(await gitlab.reader.trace(7, 9, { tailBytes })).toBe(expected)
  })

  it('is empty when there is no trace', async () => {
    const gitlab = await serving(new Hono().all('*', (c) => c.text('')))
    expect(await gitlab.reader.trace(7, 9, { tailBytes: 10 })).toBe('')
  })
})

describe('repositories', () => {
  it('give diffs, raw diffs, trees and files', async () => {
    const diff = { old_path: 'a.rb', new_path: 'b.rb', renamed_file: true, diff: '@@ -1 +1 @@\n' }
    const base = '/api/v4/projects/7'
    const app = new Hono()
      .get(`${base}/merge_requests/17/diffs`, (c) => c.json([diff, { ...diff, diff: '', too_large: true }]))
      .get(`${base}/merge_requests/17/raw_diffs`, (c) => c.text('diff --git a/a b/b\n'))
      .get(`${base}/repository/tree`, (c) =>
        c.json([
          { id: 'x', path: 'src', type: 'tree' },
          { id: 'x', path: 'src/a', type: 'blob' },
        ]),
      )
      .get(`${base}/repository/files/:path/raw`, (c) => c.text(`${c.req.param('path')} at ${c.req.query('ref')}`))
    const { reader, seen } = await serving(app)
    expect(await reader.mergeRequestDiffs(7, 17)).toMatchObject([
      { oldPath: 'a.rb', newPath: 'b.rb', renamed: true, created: false, text: '@@ -1 +1 @@\n', leftOut: false },
      { text: '', leftOut: true },
    ])
    expect(await reader.rawDiffs(7, 17, { maxBytes: 100 })).toBe('diff --git a/a b/b\n')
    expect(await reader.repositoryTree(7, 'abc')).toHaveLength(2)
    expect(seen.at(-1)?.url).toContain('ref=abc&recursive=true&pagination=keyset&per_page=100')
    expect(await reader.rawFile(7, 'src/a&b.rb', 'abc', { maxBytes: 100 })).toBe('src/a&b.rb at abc')
    expect(await failureOf(reader.rawFile(7, 'src/a.rb', 'abc', { maxBytes: 3 }))).toMatchObject({ kind: 'permanent' })
  })
})

describe('what differs between two commits', () => {
  const diff = (path: string) => ({ old_path: path, new_path: `new/${path}`, diff: '' })
  it.each([
    ['is told by old and new paths', { diffs: [diff('a'), diff('a')] }, ['a', 'new/a']],
    ['is nothing between equal ones', { diffs: [], compare_same_ref: true }, []],
    ['is not known when GitLab gave up', { diffs: [diff('a')], compare_timeout: true }, null],
    ['is not known when it is so much that some may be left out', { diffs: Array(201).fill(diff('a')) }, null],
  ])('%s', async (_, body, paths) => {
    const { reader, seen } = await serving(new Hono().all('*', (c) => c.json(body)))
    expect(await reader.changedPaths(7, 'abc', 'def')).toEqual(paths)
    expect(seen.at(-1)?.url).toBe('/api/v4/projects/7/repository/compare?from=abc&to=def&straight=true')
  })
})

describe('people', () => {
  it.each([
    [{ access_level: 30 }, 200, 30],
    [{ access_level: 40, state: 'active', membership_state: 'active' }, 200, 40],
    [{ access_level: 40, membership_state: 'awaiting' }, 200, 0],
    [{ access_level: 40, state: 'blocked' }, 200, 0],
    [{ message: '404 Not found' }, 404, 0],
  ] as const)('with the membership %j (%i) have access level %i', async (body, status, level) => {
    const { reader, seen } = await serving(new Hono().all('*', (c) => c.json(body, status)))
    expect(await reader.memberRole(7, 3)).toBe(level)
    expect(seen[0]?.url).toBe('/api/v4/projects/7/members/all/3')
  })

  it('approve, with rules and without', async () => {
    const bodies = [
      { approved: false, approvals_required: 2, approvals_left: 1, approved_by: [{ user: userJson }] },
      { approved_by: [{ user: userJson }, { user: null }] },
    ]
    const { reader, seen } = await serving(new Hono().all('*', (c) => c.json(bodies.shift())))
    expect(await reader.approvals(7, 17)).toMatchObject({ approved: false, required: 2, left: 1, by: [{ id: 3 }] })
    expect(await reader.approvals(7, 17)).toMatchObject({ approved: true, required: null, left: null })
    expect(seen[0]?.url).toBe('/api/v4/projects/7/merge_requests/17/approvals')
  })

  it('show a job token, which is checked in place of ours and never shown', async () => {
    const app = new Hono().get('/api/v4/job', (c) =>
      c.req.header('job-token') === 'job-secret'
        ? c.json(jobJson)
        : c.json({ message: `no ${c.req.header('job-token')}` }, c.req.header('job-token') === 'down' ? 500 : 401),
    )
    const { reader, seen, logged } = await serving(app)
    expect((await reader.jobOfToken('job-secret'))?.pipeline.project).toBe(7)
    expect(await reader.jobOfToken('wrong')).toBeNull()
    expect(String(await failureOf(reader.jobOfToken('down')))).not.toContain('down')
    expect(seen.filter(({ headers }) => 'private-token' in headers)).toEqual([])
    expect(logged()).not.toContain('job-secret')
  })
})

describe('writes of label actions and issues', () => {
  const issueJson = { iid: 4, title: 't', state: 'opened', labels: ['flaky-test'] }
  const mergeRequestJson = { iid: 17, state: 'opened', labels: ['a'] }
  const run = async (answer: object, act: (gitlab: ReturnType<typeof gateway>) => Promise<unknown>) => {
    const gitlab = await serving(new Hono().all('*', (c) => c.json(answer)))
    await act(gitlab)
    return gitlab.seen.map(({ method, url, body }) => [method, url.slice(18), body === '' ? null : JSON.parse(body)])
  }

  it.each([
    ['POST', '/merge_requests/17/pipelines', {}, 'createMergeRequestPipeline', [7, 17]],
    ['POST', '/pipelines/42/retry', {}, 'retryPipeline', [7, 42]],
    ['POST', '/pipeline', { ref: 'main' }, 'createPipeline', [7, 'main']],
    [
      'POST',
      '/pipeline',
      { ref: 'main', variables: [{ key: 'NIGHTLY_RUN', value: '1' }] },
      'createPipeline',
      [7, 'main', { NIGHTLY_RUN: '1' }],
    ],
    ['POST', '/jobs/9/play', {}, 'playJob', [7, 9]],
    [
      'PUT',
      '/merge_requests/17',
      { add_labels: 'a,b::c' },
      'updateLabels',
      [7, 17, { add: ['a', 'b::c'], remove: [] }],
    ],
    ['PUT', '/merge_requests/17', { remove_labels: 'd' }, 'updateLabels', [7, 17, { remove: ['d'] }]],
    ['GET', '/merge_requests/17', null, 'updateLabels', [7, 17, { add: [] }]],
    [
      'POST',
      '/issues',
      { title: 't', description: 'd', labels: 'x,y' },
      'createIssue',
      [7, { title: 't', description: 'd', labels: ['x', 'y'] }],
    ],
    [
      'PUT',
      '/issues/4',
      { state_event: 'close', add_labels: 'z' },
      'updateIssue',
      [7, 4, { stateEvent: 'close', addLabels: ['z'] }],
    ],
    ['POST', '/merge_requests/17/notes/8/award_emoji', { name: 'eyes' }, 'awardEmoji', [7, 17, 8, 'eyes']],
  ] as const)('send %s %s with %j', async (method, url, body, name, parameters) => {
    const answer = {
      ...jobJson,
      ...issueJson,
      ...mergeRequestJson,
      ...jobJson.pipeline,
      pipeline: jobJson.pipeline,
      name: 'x',
    }
    const sent = await run(answer, ({ writer }) =>
      (writer[name] as (...all: readonly unknown[]) => Promise<unknown>)(...parameters),
    )
    expect(sent).toEqual([[method, url, body]])
  })

  it('find an emoji awarded that was awarded before', async () => {
    const message = '404 Award Emoji Name has already been taken Not Found'
    const taken = await serving(new Hono().all('*', (c) => c.json({ message }, 404)))
    await expect(taken.writer.awardEmoji(7, 17, 8, 'eyes')).resolves.toBeUndefined()
    const missing = await serving(new Hono().all('*', (c) => c.json({ message: '404 Not found' }, 404)))
    expect(await failureOf(missing.writer.awardEmoji(7, 17, 8, 'eyes'))).toMatchObject({ kind: 'not_found' })
  })

  it('search issues by labels, state and text', async () => {
    const { reader, seen } = await serving(new Hono().all('*', (c) => c.json([issueJson])))
    const filter = { labels: ['flaky-test', 'b'], state: 'opened', search: 'Basket adds up', author: 3 } as const
    expect(await reader.issues(7, { ...filter, labels: [...filter.labels] })).toMatchObject([{ iid: 4 }])
    expect(seen[0]?.url).toBe(
      '/api/v4/projects/7/issues?labels=flaky-test%2Cb&state=opened&search=Basket%20adds%20up&author_id=3&per_page=100',
    )
  })
})
