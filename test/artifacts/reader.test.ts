import { randomBytes } from 'node:crypto'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { Hono } from 'hono'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Artifact, Job } from '../../src/gitlab/types.ts'
import { type ArtifactReaderDeps, createArtifactReader } from '../../src/reports/artifacts/reader.ts'
import type { ArtifactFile } from '../../src/reports/artifacts/types.ts'
import { failureOf, gateway, startServer } from '../gitlab/serve.ts'
import { ciJob, pipelineBasic } from '../support/builders.ts'
import { startFakeGitLab } from '../support/fake-gitlab/index.ts'
import { zipOf } from '../support/zip.ts'

let folder: string
const cleanups: (() => Promise<void>)[] = []

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pipewarden-artifacts-'))
})

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
  expect(await readdir(folder)).toEqual([])
  await rm(folder, { recursive: true })
})

const archiveOf = (size = 100): Artifact => ({ fileType: 'archive', filename: 'artifacts.zip', size })
const report: Artifact = { fileType: 'junit', filename: 'junit.xml.gz', size: 10 }
const trace: Artifact = { fileType: 'trace', filename: 'job.log', size: 10 }

const job = (change: Partial<Job> = {}): Job =>
  ciJob({ id: 9, pipeline: pipelineBasic({ project: 7 }), artifacts: [archiveOf(), trace], ...change })

const base = '/api/v4/projects/7/jobs/9/artifacts'
const now = Date.parse('2026-03-02T12:00:00Z')
const past = '2026-03-02T11:00:00.000Z'

const serving = async (app: Hono, deps: Partial<ArtifactReaderDeps> = {}) => {
  const server = await startServer(app)
  const gitlab = gateway(server.url)
  cleanups.push(server.close, gitlab.close)
  const reader = createArtifactReader({ gitlab: gitlab.reader, temporaryFolder: folder, now: () => now, ...deps })
  return { ...server, ...reader }
}

/** Reads all that fits, and says what was handed over. */
const collect = async (
  { readMatching }: Pick<ReturnType<typeof createArtifactReader>, 'readMatching'>,
  { of = job(), patterns = ['**/*.xml'] }: { of?: Job; patterns?: string[] } = {},
) => {
  const contents: Record<string, string> = {}
  const handle = async (file: ArtifactFile): Promise<void> => {
    contents[file.path] = await text(await file.open())
  }
  return { ...(await readMatching(of, patterns, handle)), contents }
}

const files = { 'out/junit.xml': '<junit/>', 'out/page.html': '<html>', 'coverage.xml': '<coverage/>' }
const entries = Object.entries(files).map(([path, content]) => ({ path, content }))

const zipped = async (): Promise<Hono> => {
  const archive = new Uint8Array(await zipOf(entries))
  return new Hono().get(base, (c) => c.body(archive))
}

const nothing = new Hono().all('*', (c) => c.json({ message: '404 Not Found' }, 404))
const answering = (status: 400 | 401 | 403 | 500): Hono =>
  new Hono().all('*', (c) => c.json({ message: `${status} No` }, status))

describe('the archive of a job', () => {
  it('gives the files that fit', async () => {
    const gitlab = await serving(await zipped())
    expect(await collect(gitlab)).toEqual({
      state: 'read',
      files: 2,
      problems: [],
      contents: { 'out/junit.xml': '<junit/>', 'coverage.xml': '<coverage/>' },
    })
    expect(gitlab.seen).toMatchObject([{ url: base }])
  })

  it('is still there after its date while GitLab keeps it', async () => {
    const gitlab = await serving(await zipped())
    expect(await collect(gitlab, { of: job({ artifactsExpireAt: past }) })).toMatchObject({ state: 'read', files: 2 })
  })

  it('is gone from the disk when its reader fails', async () => {
    const failure = new Error('the store is away')
    const gitlab = await serving(await zipped())
    const reading = gitlab.readMatching(job(), ['**'], async () => {
      expect(await readdir(folder)).toHaveLength(1)
      throw failure
    })
    expect(await failureOf(reading)).toBe(failure)
  })

  it('waits for its turn when others are on disk', async () => {
    const gitlab = await serving(await zipped(), { limits: { atOnce: 2 } })
    const counts: number[] = []
    const count = async (): Promise<void> => {
      await new Promise((resolve) => setTimeout(resolve, 20))
      counts.push((await readdir(folder)).length)
    }
    await Promise.all(Array.from({ length: 6 }, () => gitlab.readMatching(job(), ['coverage.*'], count)))
    expect(counts).toHaveLength(6)
    expect(Math.max(...counts)).toBe(2)
  })

  it('is fetched from an object store that never sees the token', async () => {
    const fake = await startFakeGitLab({ behaviour: { artifactsElsewhere: true } })
    const project = fake.addProject({ path: 'meadow/orchard' })
    const { token } = fake.addBot(project)
    const pipeline = fake.addPipeline(project, { jobs: [{ name: 'rspec', status: 'failed', artifacts: files }] })
    const gitlab = gateway(fake.url, { token })
    cleanups.push(fake.close, gitlab.close)
    const reader = createArtifactReader({ gitlab: gitlab.reader, temporaryFolder: folder })
    const of = await gitlab.reader.job(project.id, fake.job(pipeline, 'rspec').id)
    expect(await collect(reader, { of })).toMatchObject({ state: 'read', files: 2 })
    expect(fake.storageRequests).toHaveLength(1)
    expect(JSON.stringify(fake.storageRequests)).not.toContain(token)
    expect(await collect(reader, { of, patterns: ['coverage.xml'] })).toMatchObject({ files: 1 })
    fake.job(pipeline, 'rspec').artifactsExpired = true
    expect(await collect(reader, { of })).toMatchObject({ state: 'expired' })
  })
})

type Told = { title: string; app: Hono; of?: Job; state: string; what: string; why: string; asked: number }

const told: Told[] = [
  {
    title: 'without files',
    app: nothing,
    of: job({ artifacts: [trace] }),
    state: 'none',
    what: 'none',
    why: 'the job keeps no files: name them in artifacts:paths',
    asked: 0,
  },
  {
    title: 'with reports for GitLab alone',
    app: nothing,
    of: job({ artifacts: [report, trace] }),
    state: 'none',
    what: 'none',
    why: 'GitLab keeps the reports of the job (junit) to itself: name their files in artifacts:paths, too',
    asked: 0,
  },
  {
    title: 'whose files have been removed after their date',
    app: nothing,
    of: job({ artifacts: [trace], artifactsExpireAt: past }),
    state: 'expired',
    what: 'expired',
    why: `the artifacts expired at ${past}`,
    asked: 0,
  },
  {
    title: 'whose archive GitLab does not find after its date',
    app: nothing,
    of: job({ artifactsExpireAt: past }),
    state: 'expired',
    what: 'expired',
    why: `the artifacts expired at ${past}`,
    asked: 1,
  },
  {
    title: 'whose archive GitLab does not find',
    app: nothing,
    state: 'expired',
    what: 'expired',
    why: 'GitLab has the artifacts no more (404): they were erased or have expired',
    asked: 1,
  },
  {
    title: 'whose archive is known to be too large',
    app: nothing,
    of: job({ artifacts: [archiveOf(600 * 1024 * 1024)] }),
    state: 'unreadable',
    what: 'too_large',
    why: 'it has 600 MB, more than the 512 MB that are read',
    asked: 0,
  },
  {
    title: 'whose archive may not be read',
    app: answering(403),
    state: 'unreadable',
    what: 'forbidden',
    why: "GET /projects/7/jobs/9/artifacts: 403 No; the token's user needs at least the Reporter role on the project, and the job must not restrict who reads it (artifacts:access)",
    asked: 1,
  },
  {
    title: 'when the token is not accepted',
    app: answering(401),
    state: 'unreadable',
    what: 'forbidden',
    why: 'GET /projects/7/jobs/9/artifacts: 401 No; GITLAB_TOKEN is not accepted: it is wrong, expired or revoked',
    asked: 1,
  },
  {
    title: 'whose archive is refused in another way',
    app: answering(400),
    state: 'unreadable',
    what: 'refused',
    why: 'GET /projects/7/jobs/9/artifacts: 400 No',
    asked: 1,
  },
]

describe('a job', () => {
  it.each(told)('$title is told', async ({ app, of = job(), state, what, why, asked }) => {
    const gitlab = await serving(app)
    expect(await collect(gitlab, { of })).toEqual({
      state,
      files: 0,
      problems: [{ path: null, what, why }],
      contents: {},
    })
    expect(gitlab.seen).toHaveLength(asked)
  })

  it('whose archive turns out to be too large while it comes is told, and the rest is not fetched', async () => {
    let sent = 0
    const endless = () =>
      new ReadableStream<Uint8Array>({
        pull: (controller) => {
          sent += 65_536
          controller.enqueue(new Uint8Array(65_536))
        },
      })
    const gitlab = await serving(
      new Hono().all('*', (c) => c.body(endless())),
      { limits: { archive: 1_000_000 } },
    )
    const why = 'it is larger than 1000000 bytes, the most that is read'
    expect(await collect(gitlab)).toMatchObject({
      state: 'unreadable',
      problems: [{ path: null, what: 'too_large', why }],
    })
    expect(sent).toBeLessThan(20_000_000)
  })

  it('whose archive is a page instead is told', async () => {
    const gitlab = await serving(new Hono().all('*', (c) => c.html('<html>Sign in</html>')))
    expect(await collect(gitlab)).toMatchObject({ state: 'unreadable', problems: [{ what: 'malformed' }] })
  })

  it('is asked for again later when GitLab is down', async () => {
    const gitlab = await serving(answering(500))
    expect(await failureOf(collect(gitlab))).toMatchObject({ kind: 'retryable', status: 500 })
    expect(await failureOf(collect(gitlab, { patterns: ['a.xml'] }))).toMatchObject({ kind: 'retryable' })
  })
})

describe('plain paths', () => {
  const single = (): Hono =>
    new Hono()
      .get(`${base}/:path{.+}`, (c) => {
        const content = files[c.req.param('path') as keyof typeof files]
        return content === undefined ? c.json({ message: '404 Not found' }, 404) : c.body(content)
      })
      .get(base, (c) => c.text('not asked for', 500))

  it('are asked for one by one, and those that are not there are none', async () => {
    const gitlab = await serving(single())
    const patterns = ['out/{junit,other}.xml', 'coverage.xml', 'coverage.xml']
    expect(await collect(gitlab, { patterns, of: job({ artifacts: [archiveOf(1e12)] }) })).toEqual({
      state: 'read',
      files: 2,
      problems: [],
      contents: { 'out/junit.xml': '<junit/>', 'coverage.xml': '<coverage/>' },
    })
    expect(gitlab.seen.map(({ url }) => url.slice(base.length))).toEqual([
      '/out/junit.xml',
      '/out/other.xml',
      '/coverage.xml',
    ])
  })

  it('that are all not there may have expired', async () => {
    const gitlab = await serving(single())
    const of = job({ artifactsExpireAt: past })
    expect(await collect(gitlab, { patterns: ['a.xml'], of })).toMatchObject({ state: 'expired', files: 0 })
    expect(await collect(gitlab, { patterns: ['a.xml'] })).toMatchObject({ state: 'read', files: 0, problems: [] })
    expect(await collect(gitlab, { patterns: ['coverage.xml'], of })).toMatchObject({ state: 'read', files: 1 })
  })

  it('that are too large or refused are told one by one', async () => {
    const app = new Hono()
      .get(`${base}/large.xml`, (c) => c.body('x'.repeat(200)))
      .get(`${base}/secret.xml`, (c) => c.json({ message: '403 Forbidden' }, 403))
    const gitlab = await serving(app, { limits: { file: 100 } })
    expect(await collect(gitlab, { patterns: ['large.xml', 'secret.xml', 'a/../b.xml'] })).toMatchObject({
      state: 'read',
      files: 0,
      problems: [
        { path: 'large.xml', what: 'too_large', why: 'it is larger than 100 bytes, the most that is read' },
        { path: 'secret.xml', what: 'forbidden', why: expect.stringContaining('artifacts:access') },
        { path: 'a/../b.xml', what: 'refused', why: expect.stringContaining('no path of the API') },
      ],
    })
  })

  it.each([
    ['many', Array.from({ length: 9 }, (_, index) => `${index}.xml`)],
    ['some with wildcards', ['coverage.xml', 'out/*.xml']],
    ['regular expressions', ['/coverage/']],
  ])('that are %s are read from the archive', async (_, patterns) => {
    const gitlab = await serving(await zipped())
    expect(await collect(gitlab, { patterns })).toMatchObject({ state: 'read', problems: [] })
    expect(gitlab.seen).toMatchObject([{ url: base }])
  })

  it('may be left unread, and are gone from the disk when their reader fails', async () => {
    const gitlab = await serving(single())
    expect(await gitlab.readMatching(job(), ['coverage.xml'], async () => undefined)).toMatchObject({ files: 1 })
    const failure = new Error(randomBytes(4).toString('hex'))
    const reading = gitlab.readMatching(job(), ['coverage.xml'], () => Promise.reject(failure))
    expect(await failureOf(reading)).toBe(failure)
  })
})
