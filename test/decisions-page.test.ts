import { pino } from 'pino'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Action } from '../src/action.ts'
import type { Running } from '../src/index.ts'
import { createRedis, type RedisClient } from '../src/redis/connect.ts'
import { createDecisionStore, type SavedDecision } from '../src/store/decisions.ts'
import { startBot, startTestRedis, type TestRedis } from './support/bot.ts'
import { failFastFacts, jobEvent } from './support/builders.ts'
import { type FakeGitLab, startFakeGitLab } from './support/fake-gitlab/index.ts'

const noon = Date.parse('2026-05-11T12:00:00Z')
const cancel = { type: 'cancel_pipeline' as const, project: 41, pipeline: 900 }
const refused = { at: noon, result: 'refused' as const, detail: '403 Forbidden' }
const rehearsed = { at: noon, result: 'dry run' as const }
const done = { at: noon, result: 'done' as const }

const decision = (fact: string, change: Partial<SavedDecision> = {}): SavedDecision => ({
  reaction: 'fail-fast',
  fact,
  event: jobEvent(),
  at: noon,
  facts: failFastFacts(),
  because: fact,
  actions: [],
  outcomes: [],
  finished: true,
  ...change,
})

const about = (pipeline: number, mergeRequest: number | null) => ({ event: jobEvent({ pipeline, mergeRequest }) })

const saved: SavedDecision[] = [
  decision('first', { at: noon + 1, ...about(900, 6) }),
  decision('third', { at: noon + 3, ...about(901, 6) }),
  decision('second', { at: noon + 2, ...about(900, null) }),
  decision('fourth', { at: noon + 4, ...about(902, 7) }),
  decision('noted', { at: noon - 4, ...about(903, null), actions: [noteOn(8)], outcomes: [done] }),
  decision('performed', { at: noon - 1, actions: [cancel], outcomes: [done] }),
  decision('rehearsed', { at: noon - 5, actions: [cancel], outcomes: [rehearsed] }),
  decision('half', { at: noon - 2, actions: [cancel, cancel], outcomes: [done, null], finished: false }),
  decision('refused', { at: noon - 3, actions: [cancel, cancel], outcomes: [refused, null], finished: false }),
  decision('elsewhere', { at: noon + 9, event: jobEvent({ project: { id: 42, path: '', defaultBranch: null } }) }),
  decision('no longer of interest', { at: noon - 40 * 86_400_000, event: jobEvent({ project: otherProject() }) }),
  decision('of interest', { event: jobEvent({ project: otherProject() }) }),
]

function noteOn(mergeRequest: number): Action {
  const section = { reaction: 'fail-fast', verdict: 'bad', markdown: 'stopped' } as const
  return { type: 'write_note', project: 41, mergeRequest, section }
}

function otherProject() {
  return { id: 43, path: 'meadow/press', defaultBranch: 'main' }
}

type Shown = { time: string; because: string; outcome: string; facts: object; actions: { outcome: unknown }[] }

describe('the list of decisions', () => {
  let gitlab: FakeGitLab
  let redis: TestRedis
  let client: RedisClient
  let bot: Running

  beforeAll(async () => {
    redis = await startTestRedis()
    gitlab = await startFakeGitLab()
    client = createRedis(redis.description, 'store', pino({ level: 'silent' }))
    const store = createDecisionStore(client)
    for (const each of saved) await store.save(each)
    bot = await startBot({ gitlab, token: 'glpat-any', redis, roles: { receiver: true, worker: false } })
  })

  afterAll(async () => {
    await bot.close()
    client.disconnect()
    await gitlab.close()
    await redis.stop()
  })

  const ask = async (query: string) => {
    const response = await fetch(`${bot.url}/api/v1/decisions${query}`)
    return { status: response.status, body: (await response.json()) as Shown[] & { error?: string } }
  }
  const reasons = async (query: string) => (await ask(query)).body.map(({ because }) => because)

  const newestFirst = ['fourth', 'third', 'second', 'first', 'performed', 'half', 'refused', 'noted', 'rehearsed']

  it.each([
    { query: '?project=41', found: newestFirst },
    { query: '?project=meadow/orchard', found: newestFirst },
    { query: '?project=meadow%2Forchard&limit=2', found: ['fourth', 'third'] },
    { query: '?project=41&limit=100000', found: newestFirst },
    { query: '?project=41&merge_request=&pipeline=', found: newestFirst },
    { query: '?project=41&merge_request=7', found: ['fourth'] },
    { query: '?project=41&pipeline=901', found: ['third'] },
    { query: '?project=41&pipeline=900&limit=2', found: ['second', 'first'] },
    { query: '?project=41&pipeline=901&merge_request=6', found: ['third'] },
    { query: '?project=41&pipeline=901&merge_request=7', found: [] },
    // Only reading showed of which merge request its job is.
    { query: '?project=41&merge_request=8', found: ['noted'] },
    { query: '?project=42', found: ['elsewhere'] },
    { query: '?project=44', found: [] },
    { query: '?project=meadow/unknown', found: [] },
  ])('for $query has $found', async ({ query, found }) => {
    expect(await reasons(query)).toEqual(found)
  })

  it('is searched by how facts begin, among the newest', async () => {
    const store = createDecisionStore(client)
    const facts = async (limit: number) =>
      (await store.find({ project: 41, limit, factsFrom: 'f' })).map(({ fact }) => fact)
    expect(await facts(100)).toEqual(['fourth', 'first'])
    expect(await facts(3)).toEqual(['fourth'])
  })

  it('leaves out what is older than 30 days', async () => {
    expect(await reasons('?project=43')).toEqual(['of interest'])
  })

  it.each([
    { query: '', error: 'name a project' },
    { query: '?project=', error: 'name a project' },
    { query: '?project={41}', error: 'project must be an id or a path, not "{41}"' },
    { query: '?project=meadow/%0Aorchard', error: 'project must be an id or a path' },
    { query: '?project=41&pipeline=x', error: 'pipeline must be a positive number, not "x"' },
    { query: '?project=41&pipeline=0', error: 'pipeline must be a positive number, not "0"' },
    { query: '?project=41&merge_request=-1', error: 'merge_request must be a positive number, not "-1"' },
    { query: '?project=41&merge_request=1.5', error: 'merge_request must be a positive number' },
    { query: '?project=41&limit=many', error: 'limit must be a positive number, not "many"' },
    { query: '?project=41&pipeline=99999999999999999999', error: 'pipeline must be a positive number' },
  ])('cannot be asked for with "$query"', async ({ query, error }) => {
    const { status, body } = await ask(query)
    expect(status).toBe(400)
    expect(body.error).toContain(error)
  })

  it('tells when, about what, from which facts and why it was decided, and how each action went', async () => {
    const [shown] = (await ask('?project=41&pipeline=901')).body
    expect(shown).toMatchObject({
      time: '2026-05-11T12:00:00.003Z',
      event: { kind: 'job', pipeline: 901, job: 5001 },
      reaction: 'fail-fast',
      because: 'third',
      outcome: 'nothing to do',
      actions: [],
    })
    expect(shown?.facts).toMatchObject({ latest: { name: 'rspec fail-fast', status: 'failed' } })
    expect(shown?.facts).not.toHaveProperty('options')
  })

  it.each([
    { because: 'performed', outcome: 'performed', results: [done] },
    { because: 'rehearsed', outcome: 'dry run', results: [rehearsed] },
    { because: 'half', outcome: 'being performed', results: [done, null] },
    { because: 'refused', outcome: 'refused', results: [refused, null] },
  ])('calls a decision "$outcome" by the outcomes of its actions', async ({ because, outcome, results }) => {
    const shown = (await ask('?project=41')).body.find((each) => each.because === because)
    expect(shown?.outcome).toBe(outcome)
    expect(shown?.actions.map((action) => action.outcome)).toEqual(results)
    expect(shown?.actions[0]).toMatchObject(cancel)
  })

  it('is kept for 30 days', async () => {
    const names = await client.keys('*decision*')
    const lives = await Promise.all(names.map((name) => client.ttl(name)))
    expect(lives.length).toBeGreaterThan(saved.length)
    for (const life of lives) expect(life).toSatisfy((left: number) => left > 2_591_000 && left <= 2_592_000)
  })
})
