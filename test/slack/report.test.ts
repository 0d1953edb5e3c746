import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Failing } from '../../src/incident.ts'
import type { SlackMessage } from '../../src/slack/message.ts'
import type { SlackFacts } from '../../workers/slack/facts.ts'
import {
  changedReply,
  passedCard,
  ranCard,
  recoveredCard,
  recoveredReply,
  redCard,
  reminder,
} from '../../workers/slack/report.ts'
import { transition } from '../../workers/slack/transition.ts'
import { blocksProblem } from '../support/fake-slack/blocks.ts'
import { hostileText } from '../support/hostile-text.ts'
import { type FactsChange, failing, incident, noon, pipelineEvent, pipelineFacts, slackFacts } from './builders.ts'

const everyone = {
  tells: ['failed' as const, 'recovered' as const],
  jobs: [],
  mention: ['here', 'U012AB3CD', 'author'],
}
const nobody = { ...everyone, mention: [] as string[] }

const card = (facts: SlackFacts, hearing = nobody) =>
  redCard(facts, { failing: facts.failing ?? [], since: noon, hearing })

const manyJobs = (count: number, name: (index: number) => string): Failing[] =>
  Array.from({ length: count }, (_, index) => failing({ name: name(index), stage: `stage ${index % 5}` }))

const tests = {
  count: 12,
  first: Array.from({ length: 10 }, (_, index) => ({ name: `Basket adds up ${index}`, message: 'expected 3, got 4' })),
}

const mergeRequest = {
  iid: 17,
  title: 'Count the pears',
  url: 'https://gitlab.test/meadow/orchard/-/merge_requests/17',
}

/** Everything that is ever said about these facts. */
function everyMessage(facts: SlackFacts): SlackMessage[] {
  const known = incident({ failing: [...(facts.failing ?? []), failing({ name: 'gone' })] })
  const seen = { pipeline: 900, source: 'push', now: noon, outcome: 'red' as const, passed: [], newerGreen: null }
  const other = transition(incident(), { ...seen, failing: facts.failing ?? [] })
  return [
    card(facts, everyone),
    changedReply(facts, other),
    recoveredCard(facts, known),
    recoveredReply(facts, known),
    passedCard(facts),
    ranCard(facts, known),
    reminder(known, noon),
  ]
}

describe('messages', () => {
  it.each<[string, FactsChange]>([
    ['a branch', { tests }],
    ['a merge request', { event: pipelineEvent({ mergeRequest: 17, ref: 'ripe-pears' }), mergeRequest }],
    ['a tag', { event: pipelineEvent({ tag: true, ref: 'v1.0' }) }],
    [
      'a failed trigger job',
      {
        failing: [
          failing({
            kind: 'bridge',
            name: 'press',
            reason: null,
            downstream: { id: 77, url: 'https://gitlab.test/p/77' },
          }),
        ],
      },
    ],
    [
      'an error in the configuration',
      {
        failing: [failing({ kind: 'pipeline', stage: '', reason: 'jobs:lint config contains unknown keys: skript' })],
        pipeline: pipelineFacts({ source: 'schedule', duration: null, user: null }),
      },
    ],
  ])('tell of %s', (_title, change) => {
    expect(card(slackFacts(change))).toMatchSnapshot()
  })

  it('tell of another set of jobs, of the end, of a reminder and of runs', () => {
    const facts = slackFacts({ failing: [failing({ name: 'lint' })] })
    const found = transition(incident(), {
      pipeline: 900,
      source: 'push',
      now: noon,
      outcome: 'red',
      failing: facts.failing ?? [],
      passed: [],
      newerGreen: null,
    })
    const known = incident({ failing: [failing(), failing({ name: 'lint' })] })
    expect(changedReply(facts, found)).toMatchSnapshot('changed')
    expect(recoveredCard(facts, known)).toMatchSnapshot('recovered card')
    expect(recoveredReply(facts, known)).toMatchSnapshot('recovered reply')
    expect(reminder(known, noon)).toMatchSnapshot('reminder')
    expect(passedCard(facts)).toMatchSnapshot('passed')
    expect(ranCard(facts, known)).toMatchSnapshot('ran again')
  })

  it('mention whom the route names, and the author where Slack knows one', () => {
    const text = (author: string | null) => JSON.stringify(card(slackFacts({ author }), everyone).blocks)
    expect(text('U777')).toContain('<!here> <@U012AB3CD> <@U777>')
    expect(text(null)).toContain('<!here> <@U012AB3CD>"')
  })

  it.each<[string, FactsChange]>([
    ['40 failed jobs', { failing: manyJobs(40, (index) => `rspec ${index}`) }],
    ['40 names of 300 characters', { failing: manyJobs(40, (index) => `${index} `.padEnd(300, 'x')) }],
    ['names of signs that have to be escaped', { failing: manyJobs(40, () => '&'.repeat(300)) }],
    ['emoji where a name is cut', { failing: manyJobs(40, () => '👩‍👩‍👧'.repeat(60)) }],
    ['no names', { failing: manyJobs(3, () => '') }],
    [
      'long everything',
      {
        event: pipelineEvent({ ref: '&'.repeat(250), mergeRequest: null }),
        mergeRequest: { ...mergeRequest, title: '<'.repeat(500) },
        commit: {
          sha: 'a'.repeat(40),
          title: '&'.repeat(500),
          author: '>'.repeat(500),
          url: `https://a.test/${'&'.repeat(900)}`,
        },
        failing: manyJobs(40, () => '&<>'.repeat(100)).map((one) => ({ ...one, reason: '&'.repeat(5000) })),
        tests: { count: 90_000, first: tests.first.map(() => ({ name: '&'.repeat(500), message: '<'.repeat(500) })) },
      },
    ],
  ])('keep within the limits with %s', (_title, change) => {
    for (const { text, blocks } of everyMessage(slackFacts(change))) {
      expect(blocksProblem(blocks)).toBeNull()
      expect(JSON.stringify(blocks).length).toBeLessThan(13_000)
      expect(text.length).toBeLessThan(1_500)
      expect(JSON.stringify(blocks)).not.toMatch(
        /[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/,
      )
    }
  })

  it('say how many more jobs there are than they name', () => {
    const failed = manyJobs(40, (index) => `rspec ${index}`)
    expect(JSON.stringify(card(slackFacts({ failing: failed })))).toContain('…and 30 more')
    const long = manyJobs(40, () => '&'.repeat(300))
    expect(JSON.stringify(card(slackFacts({ failing: long })))).toMatch(/…and 3\d more/)
  })

  it('make no link and no mention out of text from outside, whatever it is', () => {
    fc.assert(
      fc.property(hostileText(), (text) => {
        const facts = slackFacts({
          event: pipelineEvent({ ref: text, project: { id: 41, path: text, defaultBranch: 'main' } }),
          mergeRequest: { ...mergeRequest, title: text },
          commit: { sha: 'a'.repeat(40), title: text, author: text, url: 'https://gitlab.test/c' },
          pipeline: pipelineFacts({ user: { name: text, bot: false }, source: text }),
          failing: [failing({ name: text, stage: text, reason: text })],
          tests: { count: 1, first: [{ name: text, message: text }] },
        })
        for (const message of everyMessage(facts)) expect(foreignParts(message)).toEqual([])
      }),
      { numRuns: 100 },
    )
  })

  it.each(['javascript:alert(1)', 'https://a.test/|evil', 'https://a.test/<!channel>', 'not an address', ''])(
    'link only to addresses: %j',
    (url) => {
      const facts = slackFacts({ failing: [failing({ url })], pipeline: pipelineFacts({ url }) })
      for (const message of everyMessage(facts)) expect(foreignParts(message)).toEqual([])
    },
  )
})

const links = /^https:\/\/(?:gitlab|a)\.test\/[^|<>]*\|[A-Za-z0-9 !]+$/
const dates = /^!date\^\d+\^\{date_short_pretty\} \{time\}\|[-0-9: ]+UTC$/
const chosen = new Set(['!here', '@U012AB3CD'])

/** Everything in angle brackets that is not ours, and backticks that do not come in pairs. */
function foreignParts({ text, blocks }: SlackMessage): string[] {
  const texts = [text, ...textsOf(blocks)]
  return texts.flatMap((one) => {
    const parts = [...one.matchAll(/<([^>]*)>/g)].map(([, part = '']) => part)
    const foreign = parts.filter((part) => !links.test(part) && !dates.test(part) && !chosen.has(part))
    const rest = one.replace(/<[^>]*>/g, '')
    const stray = [
      /[<>]/.test(rest),
      /&(?!amp;|lt;|gt;)/.test(rest),
      one !== text && (one.split('`').length - 1) % 2 === 1,
    ]
    return [...foreign, ...(stray.includes(true) ? [one] : [])]
  })
}

const textsOf = (value: unknown): string[] => {
  if (Array.isArray(value)) return value.flatMap(textsOf)
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([key, entry]) =>
    key === 'text' && typeof entry === 'string' ? [entry] : textsOf(entry),
  )
}
