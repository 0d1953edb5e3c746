import { describe, expect, it } from 'vitest'
import { createFlakyTestsPage, type FlakyTestsPageDeps } from '../../src/pages/flaky-tests.ts'
import { createJobTokens } from '../../src/pages/job-tokens.ts'
import { flakyTestsText, type Shown } from '../../src/pages/shown-tests.ts'
import { ciJob } from '../support/builders.ts'

const shown = (change: Partial<Shown> = {}): Shown => ({
  id: 'a',
  job: 'rspec',
  suite: 's',
  classname: 'c',
  name: 'adds up',
  variant: '',
  file: null,
  failures: 4,
  firstSeen: 0,
  lastSeen: 60,
  passesSince: 2,
  message: 'boom',
  ...change,
})

const page = (change: Partial<FlakyTestsPageDeps> = {}) =>
  createFlakyTestsPage({
    dashboardToken: null,
    loopback: false,
    jobTokens: { projectOf: async (token) => (token === 'of 7' ? 7 : null) },
    project: async (name) =>
      name === 'meadow/orchard' ? { id: 7, path: name } : name === 'meadow/press' ? { id: 8, path: name } : null,
    tests: async () => ({ version: '1', list: async () => [shown()] }),
    runsAll: async (_, __, mergeRequest) => mergeRequest === 9,
    ...change,
  })

const url = '/api/v1/projects/meadow%2Forchard/flaky-tests'

describe('who may read the list', () => {
  const job = { 'job-token': 'of 7' }
  const right = { authorization: 'Bearer secret' }
  const wrong = { authorization: 'Bearer guess' }

  it.each([
    ['nobody without credentials', {}, {}, 401],
    ['a running job of the project', {}, job, 200],
    ['a job whose token GitLab does not accept', {}, { 'job-token': 'x' }, 401],
    ['whoever has the dashboard token', { dashboardToken: 'secret' }, right, 200],
    ['whoever has another one', { dashboardToken: 'secret' }, wrong, 401],
    ['whoever has any, where none is configured', {}, right, 401],
    ['everybody on this machine', { loopback: true }, {}, 200],
    ['but not with a wrong token', { loopback: true, dashboardToken: 'secret' }, wrong, 401],
  ])('%s', async (_, deps, headers, status) => {
    expect((await page(deps).request(url, { headers })).status).toBe(status)
  })

  it('says the same to a job of another project as if there were no such project', async () => {
    const other = await page().request('/api/v1/projects/meadow/press/flaky-tests', { headers: job })
    const none = await page().request('/api/v1/projects/meadow/nowhere/flaky-tests', { headers: job })
    expect([other.status, await other.text()]).toEqual([404, await none.text()])
  })
})

describe('the list', () => {
  const ask = (path: string, deps: Partial<FlakyTestsPageDeps> = {}, headers = {}) =>
    page({ loopback: true, ...deps }).request(path, { headers })

  it('tells what is known of each test', async () => {
    expect(await (await ask(url)).json()).toEqual({
      project: 'meadow/orchard',
      tests: [
        {
          id: 'a',
          job: 'rspec',
          suite: 's',
          classname: 'c',
          name: 'adds up',
          file: null,
          failures: 4,
          first_seen: '1970-01-01T00:00:00.000Z',
          last_seen: '1970-01-01T00:01:00.000Z',
          passes_since: 2,
          message: 'boom',
        },
      ],
    })
  })

  it('is empty for a merge request that runs all, under another tag', async () => {
    const [all, none] = [await ask(`${url}?merge_request=8`), await ask(`${url}?merge_request=9`)]
    expect(await none.json()).toEqual({ project: 'meadow/orchard', tests: [] })
    expect(none.headers.get('etag')).not.toBe(all.headers.get('etag'))
  })

  it.each([
    ['?format=xml', 400],
    ['?merge_request=x', 400],
    ['?merge_request=-1', 400],
    ['?merge_request=', 200],
    ['', 200],
  ])('asked for with "%s" answers %i', async (query, status) => {
    expect((await ask(url + query)).status).toBe(status)
  })

  it.each(['"other", %', 'W/%', '*'])('known as %s is not sent again', async (known) => {
    const etag = (await ask(url)).headers.get('etag') ?? ''
    const headers = { 'if-none-match': known.replace('%', etag) }
    expect((await ask(url, {}, headers)).status).toBe(304)
  })

  it('that cannot be made is said to be unknown, so that all tests run', async () => {
    const fails = { tests: () => Promise.reject(new Error('Redis is away')) }
    const answer = await ask(url, fails)
    expect([answer.status, await answer.json()]).toEqual([503, { error: 'not known at the moment: Redis is away' }])
  })

  it('as text has each name once, on one line', () => {
    const tests = [shown({ name: 'a\nb' }), shown({ name: 'a b' }), shown({ name: '' }), shown({ name: 'ä €' })]
    expect(flakyTestsText(tests)).toBe('a b\nä €\n')
  })
})

describe('a job token', () => {
  it('is asked about once a minute, and a refused one sooner', async () => {
    const asked: string[] = []
    let now = 0
    const gitlab = {
      jobOfToken: async (token: string) => {
        asked.push(token)
        return token === 'good' ? ciJob() : null
      },
    }
    const tokens = createJobTokens(gitlab, () => now)
    const projects = async () => [await tokens.projectOf('good'), await tokens.projectOf('bad')]
    expect(await projects()).toEqual([41, null])
    now = 9_000
    await projects()
    expect(asked).toEqual(['good', 'bad'])
    now = 11_000
    await projects()
    expect(asked).toEqual(['good', 'bad', 'bad'])
    now = 61_000
    await projects()
    expect(asked).toEqual(['good', 'bad', 'bad', 'good', 'bad'])
    expect(await tokens.projectOf('x'.repeat(5_000))).toBeNull()
    expect(asked).toHaveLength(5)
  })

  it('is asked about again after GitLab did not answer', async () => {
    let fails = true
    const tokens = createJobTokens({ jobOfToken: async () => (fails ? Promise.reject(new Error('no')) : ciJob()) })
    await expect(tokens.projectOf('good')).rejects.toThrow('no')
    fails = false
    expect(await tokens.projectOf('good')).toBe(41)
  })
})
