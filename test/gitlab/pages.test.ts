import { Hono } from 'hono'
import { describe, expect, it } from 'vitest'
import { GitLabError } from '../../src/gitlab/errors.ts'
import type { Limits } from '../../src/gitlab/limits.ts'
import { failureOf, gateway, pipelineJson, startServer } from './serve.ts'

type PageHeaders = (page: number, last: number, url: URL) => Record<string, string>

const jobs = (count: number) =>
  Array.from({ length: count }, (_none, index) => ({
    id: count - index,
    name: `rspec ${index}`,
    status: 'success',
    pipeline: pipelineJson,
  }))

/** A server with a paginated list of jobs, and what the gateway reads of it. */
const readJobs = async (count: number, headersFor: PageHeaders, limits: Partial<Limits> = {}) => {
  const entries = jobs(count)
  const app = new Hono().get('/api/v4/projects/7/pipelines/42/jobs', (c) => {
    const page = Number(c.req.query('page') ?? c.req.query('cursor') ?? 1)
    const size = Number(c.req.query('per_page') ?? 20)
    const last = Math.max(1, Math.ceil(count / size))
    return c.json(entries.slice((page - 1) * size, page * size), 200, headersFor(page, last, new URL(c.req.url)))
  })
  const server = await startServer(app)
  const { reader, close } = gateway(server.url, { limits })
  const result = await reader.pipelineJobs(7, 42).catch((error: unknown) => error)
  await close()
  await server.close()
  return { result, queries: server.seen.map(({ url }) => url.split('?')[1]) }
}

const totals: PageHeaders = (page, last) => ({
  'x-total-pages': String(last),
  'x-next-page': page < last ? String(page + 1) : '',
})

const link: PageHeaders = (page, last, url): Record<string, string> => {
  if (page >= last) return { link: `<${url.origin}/x?page=1>; rel="first"` }
  const next = `${url.origin}${url.pathname}?per_page=100&cursor=${page + 1}`
  return { link: `<${url.origin}/x?page=1>; rel="first", <${next}>; rel="next"` }
}

const nextPage: PageHeaders = (page, last) => ({ 'x-next-page': page < last ? String(page + 1) : '' })

describe('a list', () => {
  it.each([
    ['numbered pages with a total', totals],
    ['links to the next page, as of keysets', link],
    ['the number of the next page alone', nextPage],
  ])('is read whole by %s', async (_title, headers) => {
    const { result, queries } = await readJobs(730, headers)
    expect((result as { id: number }[]).map(({ id }) => id)).toEqual(jobs(730).map(({ id }) => id))
    expect(queries).toHaveLength(8)
    expect(queries[0]).toBe('per_page=100')
  })

  it('of one page costs one call', async () => {
    expect((await readJobs(100, totals)).queries).toEqual(['per_page=100'])
    expect((await readJobs(0, totals)).result).toEqual([])
  })

  it.each([
    ['says so beforehand', totals, 1],
    ['goes on and on', () => ({ link: '</x?per_page=100&page=1>; rel="next"' }), 3],
  ] as const)('that %s is not read beyond the limit, and the error says so', async (_title, headers, calls) => {
    const { result, queries } = await readJobs(730, headers, { pages: 3 })
    expect(result).toBeInstanceOf(GitLabError)
    expect((result as GitLabError).message).toBe(
      'GET /projects/7/pipelines/42/jobs: the list has more than 3 pages of 100, which is more than is read',
    )
    expect(queries).toHaveLength(calls)
  })

  it('whose next page is said to be on another host is read from GitLab', async () => {
    const elsewhere: PageHeaders = (page, last): Record<string, string> =>
      page < last ? { link: `<http://192.0.2.1/steal?per_page=100&page=${page + 1}>; rel="next"` } : {}
    expect((await readJobs(150, elsewhere)).result).toHaveLength(150)
  })

  it('that shifts between two pages gives each entry once', async () => {
    const app = new Hono().get('*', (c) => {
      const all = jobs(101)
      const page = c.req.query('page') === '2' ? all.slice(99) : all.slice(0, 100)
      return c.json(page, 200, { 'x-total-pages': '2' })
    })
    const server = await startServer(app)
    const { reader, close } = gateway(server.url)
    expect(await reader.pipelineJobs(7, 42)).toHaveLength(101)
    await close()
    await server.close()
  })

  it('of which one page fails for good fails as a whole', async () => {
    const app = new Hono().get('*', (c) =>
      c.req.query('page') === '3' ? c.json({}, 403) : c.json(jobs(100), 200, { 'x-total-pages': '4' }),
    )
    const server = await startServer(app)
    const { reader, close } = gateway(server.url)
    expect(await failureOf(reader.pipelineJobs(7, 42))).toMatchObject({ status: 403 })
    await close()
    await server.close()
  })
})
