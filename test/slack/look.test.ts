import { describe, expect, it } from 'vitest'
import type { Incident } from '../../src/incident.ts'
import { decideLook } from '../../workers/slack/look.ts'
import type { LookFacts } from '../../workers/slack/look-gather.ts'
import { slackReactionOptions } from '../../workers/slack/options.ts'
import { configOf } from '../support/builders.ts'
import { incident, noon, pipelineEvent } from './builders.ts'

const day = 86_400_000
const yaml = 'slack: {routes: [{channel: "#ci"}]}'

type Change = Partial<Omit<LookFacts, 'incident' | 'options'>> & { yaml?: string; known?: Partial<Incident> | null }

function lookFacts({ yaml: text = yaml, known = {}, ...change }: Change = {}): LookFacts {
  return {
    options: slackReactionOptions(configOf(text)),
    now: noon,
    fact: 'slack-look/a/b/1',
    place: { project: 41, subject: 'branch/main', destination: '#ci' },
    incident: known && incident({ due: noon - 1, since: noon - day, ...known }),
    gone: null,
    every: null,
    ranAt: null,
    ...change,
  }
}

const expected: Change = {
  place: { project: 41, subject: 'expected/schedule/branch/main', destination: '#ci' },
  every: 26 * 3_600_000,
}
const waiting: Partial<Incident> = { state: 'green', since: noon - 27 * 3_600_000 }

describe('an incident that time has passed for', () => {
  it.each<[string, Change, string, string[]]>([
    ['that is still red is reminded of', {}, '#ci: it is still red', ['remember_incident', 'tell_slack']],
    [
      'that nobody was told of is only looked at again',
      { known: { thread: null } },
      '#ci: it is still red',
      ['remember_incident'],
    ],
    [
      'of a branch that is gone is closed',
      { gone: 'The branch is gone' },
      '#ci: The branch is gone',
      ['remember_incident', 'tell_slack'],
    ],
    ['that recovered is left alone', { known: { state: 'green' } }, 'it is green by now', []],
    ['that was told of in the meantime is left alone', { known: { due: noon + 1 } }, 'it is not due any more', []],
    ['that is not remembered any more is left alone', { known: null }, 'there is no such incident any more', []],
    [
      'is not reminded of when nobody wants reminders',
      { yaml: 'slack: {remind_after: 0s}' },
      '#ci: no reminders are wanted any more',
      ['remember_incident'],
    ],
    [
      'of a schedule that did not run is told',
      { ...expected, known: waiting },
      '#ci: it has not run in time',
      ['remember_incident', 'tell_slack'],
    ],
    [
      'of a schedule that ran unheard waits for the next run',
      { ...expected, known: waiting, ranAt: noon - 3_600_000 },
      '#ci: it has run, although nobody told',
      ['remember_incident'],
    ],
    [
      'of a schedule that no route expects any more is dropped',
      { ...expected, known: waiting, every: null },
      '#ci: no route expects it any more',
      ['remember_incident'],
    ],
    [
      'of a schedule that is expected less often by now waits for longer',
      { ...expected, known: waiting, every: 8 * day },
      '#ci: it is expected later by now',
      ['remember_incident'],
    ],
  ])('%s', (_title, change, because, actions) => {
    const decision = decideLook(lookFacts(change))
    expect([decision.because, decision.actions.map(({ type }) => type)]).toEqual([because, actions])
  })

  it('is looked at again a day later', () => {
    const [action] = decideLook(lookFacts()).actions
    expect(action).toMatchObject({ next: { due: noon + day, toldAt: noon, revision: 2, state: 'red' } })
  })

  it('of a tag is reminded of once, for a tag has no next pipeline', () => {
    const known = { event: pipelineEvent({ tag: true, ref: 'v1.2' }) }
    const { actions } = decideLook(lookFacts({ known }))
    expect(actions.map(({ type }) => type)).toEqual(['remember_incident', 'tell_slack'])
    expect(actions[0]).toMatchObject({ next: { due: null, state: 'red' } })
  })

  it('of a schedule is due when its next run is', () => {
    const ranAt = noon - 3_600_000
    const [action] = decideLook(lookFacts({ ...expected, known: waiting, ranAt })).actions
    expect(action).toMatchObject({ next: { due: ranAt + 26 * 3_600_000, since: ranAt, state: 'green' } })
  })

  it('says what is told', () => {
    const told = (change: Change) =>
      decideLook(lookFacts(change)).actions.map((action) => 'telling' in action && action.telling)
    expect(told({})[0]).toMatchSnapshot('reminder')
    expect(told({ gone: 'The branch is gone' })[0]).toMatchSnapshot('closed')
    const event = pipelineEvent({ source: 'schedule' })
    expect(told({ ...expected, known: { ...waiting, event } })[0]).toMatchSnapshot('missed')
  })
})
