import { describe, expect, it } from 'vitest'
import type { Action } from '../../src/action.ts'
import type { Incident } from '../../src/incident.ts'
import { decide } from '../../workers/slack/decide.ts'
import { nothingToTell } from '../../workers/slack/judge.ts'
import { slackReactionOptions } from '../../workers/slack/options.ts'
import { mayBeTold } from '../../workers/slack/routes.ts'
import { configOf } from '../support/builders.ts'
import { type FactsChange, failing, incident, noon, pipelineEvent, pipelineFacts, slackFacts } from './builders.ts'

const green = pipelineEvent({ status: 'success', pipeline: 901 })
const red = (change: Partial<Incident> = {}) => ({ '#ci': incident(change) })

/** Where something is told, as "#ci open". */
const told = (actions: readonly Action[]): string[] =>
  actions.flatMap((action) =>
    action.type === 'remember_incident'
      ? [`${action.place.destination} ${action.telling?.thread ?? 'silent'}${action.telling?.reply ? ' reply' : ''}`]
      : [],
  )

const routes = (...all: string[]): FactsChange => ({ yaml: `slack: {routes: [${all.join(', ')}]}` })
const jobs = (...names: string[]) => names.map((name) => failing({ name }))

describe('what is decided', () => {
  it.each<[string, FactsChange, string[]]>([
    ['a first failure opens a thread', {}, ['#ci open']],
    ['the same failure again is remembered in silence', { incidents: red() }, ['#ci silent']],
    ['another failure goes on in the thread', { incidents: red(), failing: jobs('lint') }, ['#ci current reply']],
    ['a recovery edits and answers', { incidents: red(), event: green }, ['#ci current reply']],
    ['a success of a green branch is nothing', { event: green }, []],
    ['a canceled pipeline is nothing', { pipeline: pipelineFacts({ status: 'canceled' }) }, []],
    ['a pipeline that runs again is nothing', { pipeline: pipelineFacts({ status: 'running' }) }, []],
    [
      'a pipeline that waits for a person is red if a job failed',
      { pipeline: pipelineFacts({ status: 'manual' }) },
      ['#ci open'],
    ],
    [
      'a pipeline that waits for a person mends what it ran',
      { incidents: red(), pipeline: pipelineFacts({ status: 'manual' }), failing: [], passed: ['rspec'] },
      ['#ci current reply'],
    ],
    [
      'a pipeline that waits for a person mends nothing else',
      { incidents: red(), pipeline: pipelineFacts({ status: 'manual' }), failing: [], passed: ['lint'] },
      ['#ci silent'],
    ],
    ['the first route that fits wins', routes('{channel: "#a"}', '{channel: "#b"}'), ['#a open']],
    [
      'with `all` the next ones are tried too',
      routes('{channel: "#a", all: true}', '{channel: "#b"}'),
      ['#a open', '#b open'],
    ],
    [
      'a route for other projects does not fit',
      routes('{channel: "#a", projects: ["legacy/**"]}', '{channel: "#b"}'),
      ['#b open'],
    ],
    [
      'a route for other jobs does not fit',
      routes('{channel: "#a", jobs: ["deploy*"]}', '{channel: "#b"}'),
      ['#b open'],
    ],
    [
      'a route for other pipelines does not fit',
      routes('{channel: "#a", when: [tag]}', '{channel: "#b"}'),
      ['#b open'],
    ],
    ['a default branch needs no naming', routes('{channel: "#a", when: [branch]}'), ['#a open']],
    ['a channel that is not set is silent', routes('{channel: $SLACK_CHANNEL}'), []],
    ['an author is written to', { ...routes('{channel: $AUTHOR}'), author: 'U777' }, ['U777 open']],
    [
      'an unknown author is skipped, and the next route tried',
      routes('{channel: $AUTHOR}', '{channel: "#b"}'),
      ['#b open'],
    ],
    [
      'who wants to hear of recoveries alone hears nothing yet',
      routes('{channel: "#a", on: [recovered]}'),
      ['#a silent'],
    ],
    [
      'who wants to hear of recoveries alone hears of one',
      {
        ...routes('{channel: "#ci", on: [recovered]}'),
        event: green,
        incidents: red({ thread: null, hearing: { tells: ['recovered'], jobs: [], mention: [] } }),
      },
      ['#ci open'],
    ],
    [
      'who wants to hear of failures alone sees the card turn green',
      { event: green, incidents: red({ hearing: { tells: ['failed'], jobs: [], mention: [] } }) },
      ['#ci current'],
    ],
    [
      'a success is told where it is wanted',
      { ...routes('{channel: "#ci", on: [passed]}'), event: green },
      ['#ci own'],
    ],
    [
      'a success is not told again of a pipeline of which a manual job ran later',
      {
        ...routes('{channel: "#ci", on: [passed]}'),
        event: green,
        incidents: red({ state: 'green', failing: [], seen: { push: 901 } }),
      },
      [],
    ],
    [
      'a job that a route does not ask for changes nothing for it',
      {
        ...routes('{channel: "#ci", jobs: [rspec]}'),
        incidents: red({ hearing: { tells: ['failed', 'recovered'], jobs: ['rspec'], mention: [] } }),
        failing: jobs('rspec', 'lint'),
      },
      ['#ci silent'],
    ],
    [
      'what a route asks for is mended while something else still fails',
      {
        ...routes('{channel: "#ci", jobs: [rspec]}'),
        incidents: red({ hearing: { tells: ['failed', 'recovered'], jobs: ['rspec'], mention: [] } }),
        failing: jobs('lint'),
      },
      ['#ci current reply'],
    ],
    [
      'a pipeline of another route adds nothing',
      { ...routes('{channel: "#ci", when: [schedule]}', '{channel: "#b"}'), incidents: red(), failing: jobs('lint') },
      ['#b open', '#ci silent'],
    ],
    [
      'a pipeline of another route mends what it ran',
      { ...routes('{channel: "#ci", when: [schedule]}'), incidents: red(), event: green, passed: ['rspec'] },
      ['#ci current reply'],
    ],
  ])('%s', (_title, change, expected) => {
    expect(told(decide(slackFacts(change)).actions)).toEqual(expected)
  })

  it('is green for a channel only when what each of its routes asks for is', () => {
    const hearing = { tells: ['failed' as const], jobs: ['rspec'], mention: ['here'] }
    const both = routes('{channel: "#ci", jobs: [rspec], mention: [here]}', '{channel: "#ci", jobs: [lint]}')
    const { because, actions } = decide(slackFacts({ ...both, incidents: red({ hearing }), failing: jobs('lint') }))
    expect(because).toContain('#ci: changed, other jobs fail than before')
    expect(actions[0]).toMatchObject({
      next: { state: 'red', hearing: { tells: ['failed', 'recovered'], jobs: ['lint', 'rspec'], mention: ['here'] } },
    })
  })

  it('is told of all failures where several routes lead to one channel', () => {
    const both = routes('{channel: "#ci", jobs: [rspec], all: true}', '{channel: "#ci", jobs: [lint]}')
    const { actions } = decide(slackFacts({ ...both, failing: jobs('rspec', 'lint') }))
    expect(actions[0]).toMatchObject({ next: { failing: [{ name: 'rspec' }, { name: 'lint' }] } })
  })

  it('counts a run of a schedule that is expected, red or green', () => {
    const yaml = 'slack: {routes: [{channel: "#ci", when: [schedule], expect: {every: 26h}}]}'
    const event = pipelineEvent({ source: 'schedule', status: 'success' })
    const { actions } = decide(slackFacts({ yaml, event }))
    expect(actions).toMatchObject([
      {
        place: { subject: 'expected/schedule+schedule/branch/main' },
        next: { state: 'green', due: noon + 26 * 3_600_000 },
        telling: null,
      },
    ])
    const missed = {
      'expected/schedule+schedule/branch/main': { '#ci': incident({ state: 'red', failing: [], seen: {} }) },
    }
    expect(told(decide(slackFacts({ yaml, event, expected: missed })).actions)).toEqual(['#ci current reply'])
  })

  it('counts the runs of each schedule that is expected in a channel by itself', () => {
    const yaml = `
conditions: {nightly: {source: schedule, variables: {NIGHTLY: "*"}}}
slack: {routes: [{channel: "#ci", when: [nightly], expect: {every: 26h}}, {channel: "#ci", when: [schedule], expect: {every: 8d}}]}`
    const event = pipelineEvent({ source: 'schedule', status: 'success' })
    const { traits } = slackFacts({ event })
    const due = (variables: { NIGHTLY: string[] } | null) =>
      decide(slackFacts({ yaml, event, ...(traits && { traits: { ...traits, variables } }) })).actions.map(
        (one) => 'next' in one && [one.place.subject, ((one.next.due ?? 0) - noon) / 3_600_000],
      )
    expect(due({ NIGHTLY: ['*'] })).toEqual([
      ['expected/schedule+nightly/branch/main', 26],
      ['expected/schedule+schedule/branch/main', 192],
    ])
    expect(due(null)).toEqual([['expected/schedule+schedule/branch/main', 192]])
  })

  it('reminds after a while, unless nobody wants that', () => {
    const due = (yaml: string) =>
      decide(slackFacts({ yaml })).actions.map((action) => 'next' in action && action.next.due)
    expect(due('slack: {routes: [{channel: "#ci"}], remind_after: 2h}')[0]).toBe(noon + 7_200_000)
    expect(due('slack: {routes: [{channel: "#ci"}], remind_after: 0s}')[0]).toBeNull()
  })

  it('remembers everything before it tells anybody, and lets no channel hold up another', () => {
    const { actions } = decide(slackFacts(routes('{channel: "#a", all: true}', '{channel: "#b"}')))
    expect(actions.map(({ type }) => type)).toEqual([
      'remember_incident',
      'remember_incident',
      'tell_slack',
      'tell_slack',
    ])
    expect(actions.slice(2).every(({ mayBeRefused }) => mayBeRefused)).toBe(true)
  })

  it('tells what an earlier decision about the same fact remembered but may not have told', () => {
    const facts = slackFacts({ event: green })
    const closed = incident({ state: 'green', failing: [], by: facts.fact, seen: { push: 901 } })
    const incidents = { '#ci': closed, '#qa': { ...closed, by: 'another' } }
    expect(nothingToTell({ ...facts, incidents })).toBeNull()
    const { actions } = decide({ ...facts, incidents })
    expect(actions).toMatchObject([{ type: 'tell_slack', place: { subject: 'branch/main', destination: '#ci' } }])
  })

  it('tells what became of a failure that a newer pipeline has overtaken', () => {
    expect(decide(slackFacts({ newerGreen: 950 }))).toEqual({
      because: 'main is red by rspec; #ci: nothing, pipeline 950 is newer and succeeded',
      actions: [],
    })
  })
})

describe('what the payload of an event tells', () => {
  const own = 'conditions: {own: {source: api}}\n'
  it.each<[string, string, Parameters<typeof pipelineEvent>[0], boolean]>([
    ['a default branch', '{channel: "#a", when: [default_branch]}', {}, true],
    [
      'a default branch that is not known',
      '{channel: "#a", when: [default_branch]}',
      { ref: 'x', project: { id: 1, path: 'a/b', defaultBranch: null } },
      true,
    ],
    ['another branch', '{channel: "#a", when: [default_branch]}', { ref: 'ripe-apples' }, false],
    ['a schedule', '{channel: "#a", when: [schedule]}', { source: 'schedule' }, true],
    ['a push for schedules', '{channel: "#a", when: [schedule]}', {}, false],
    ['a merge request', '{channel: "#a", when: [merge_request]}', { mergeRequest: 7 }, true],
    ['a tag', '{channel: "#a", when: [tag]}', { tag: true }, true],
    ['a tag for branches', '{channel: "#a", when: [branch]}', { tag: true }, false],
    ['an own condition', '{channel: "#a", when: [own]}', {}, true],
    ['anything', '{channel: "#a"}', {}, true],
    ['a child pipeline', '{channel: "#a"}', { source: 'parent_pipeline' }, false],
    ['a child pipeline that is asked for', '{channel: "#a", when: [child]}', { source: 'parent_pipeline' }, true],
    ['another project', '{channel: "#a", projects: ["legacy/*"]}', {}, false],
    ['no channel', '{channel: $SLACK_CHANNEL}', {}, false],
  ])('%s', (_title, route, event, expected) => {
    const options = slackReactionOptions(configOf(`${own}slack: {routes: [${route}]}`))
    expect(mayBeTold(pipelineEvent(event), options)).toBe(expected)
  })
})
