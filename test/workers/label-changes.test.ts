import { describe, expect, it } from 'vitest'
import type { MergeRequestEvent } from '../../src/event.ts'
import { labelChanges } from '../../workers/label-actions/changes.ts'
import { isApproval, mayChangeLabels } from '../../workers/label-actions/wake.ts'
import { imke, jest, jonas, mergeRequestEvent, rspec, stepOptions } from '../support/label-builders.ts'

const told = (previous: string[], current: string[], change: Partial<MergeRequestEvent> = {}): MergeRequestEvent =>
  mergeRequestEvent({ labels: current, labelChange: { previous, current }, changed: ['labels'], ...change })

const found = (seen: Parameters<typeof labelChanges>[0]) => {
  const { added, removed } = labelChanges(seen)
  const shown = ({ label, by }: (typeof added)[number]) => `${label} by ${by?.username ?? 'nobody known'}`
  return { added: added.map(shown), removed: removed.map(shown) }
}

type Case = { when: string; seen: Parameters<typeof labelChanges>[0]; added?: string[]; removed?: string[] }

const cases: Case[] = [
  {
    when: 'one came',
    seen: { remembered: [], events: [told([], [rspec])], now: [rspec] },
    added: [`${rspec} by imke`],
  },
  {
    when: 'one went',
    seen: { remembered: [rspec], events: [told([rspec], [])], now: [] },
    removed: [`${rspec} by imke`],
  },
  {
    when: 'GitLab says that nothing was there before, and it was',
    seen: { remembered: [rspec], events: [told([], [rspec])], now: [rspec] },
  },
  {
    when: 'nothing is remembered and GitLab tells what was there',
    seen: { remembered: null, events: [told([rspec], [rspec, jest])], now: [rspec, jest] },
    added: [`${jest} by imke`],
  },
  {
    when: 'nothing is remembered, and what GitLab tells came with a push',
    seen: { remembered: null, events: [told([], [rspec], { oldSha: 'a'.repeat(40) })], now: [rspec] },
  },
  {
    when: 'nothing is remembered, and GitLab does not say what changed',
    seen: { remembered: null, events: [mergeRequestEvent({ labels: [rspec] })], now: [rspec] },
  },
  {
    when: 'the merge request was opened with one and got another',
    seen: {
      remembered: null,
      events: [mergeRequestEvent({ action: 'open', labels: [rspec] }), told([rspec], [rspec, jest])],
      now: [rspec, jest],
    },
    added: [`${jest} by imke`],
  },
  {
    when: 'two people set one each',
    seen: {
      remembered: [],
      events: [told([], [rspec]), told([rspec], [rspec, jest], { user: jonas })],
      now: [rspec, jest],
    },
    added: [`${rspec} by imke`, `${jest} by jonas`],
  },
  {
    when: 'their events arrive in the wrong order',
    seen: {
      remembered: [],
      events: [told([rspec], [rspec, jest], { user: jonas }), told([], [rspec], { user: imke })],
      now: [rspec, jest],
    },
    added: [`${rspec} by imke`, `${jest} by jonas`],
  },
  {
    when: 'a later event lists all as new',
    seen: { remembered: [], events: [told([], [rspec]), told([], [rspec, jest], { user: jonas })], now: [rspec, jest] },
    added: [`${rspec} by imke`, `${jest} by jonas`],
  },
  {
    when: 'one came and went again before the look',
    seen: { remembered: [], events: [told([], [rspec]), told([rspec], [])], now: [] },
  },
  {
    when: 'one is there of which no event told yet',
    seen: { remembered: [], events: [told([], [rspec])], now: [rspec, jest] },
    added: [`${rspec} by imke`, `${jest} by nobody known`],
  },
]

describe('labels that came and went', () => {
  it.each(cases)('are found when $when', ({ seen, added = [], removed = [] }) => {
    expect(found(seen)).toEqual({ added, removed })
  })
})

const options = stepOptions()

describe('an event of a merge request', () => {
  it.each<[string, boolean, MergeRequestEvent]>([
    ['a configured label came', true, told(['backend'], ['backend', rspec])],
    ['a configured label went', true, told([rspec], [])],
    ['other labels came and went', false, told(['backend'], ['frontend'])],
    ['a label came, and GitLab tells nothing of before', true, told([], ['backend'])],
    ['GitLab does not say what changed', true, mergeRequestEvent({ labels: [rspec] })],
    ['GitLab does not say what changed, and no label counts', false, mergeRequestEvent({ labels: ['backend'] })],
    ['somebody pushed', false, mergeRequestEvent({ labels: [rspec], oldSha: 'a'.repeat(40) })],
    ['the title changed', false, mergeRequestEvent({ labels: [rspec], changed: ['title'] })],
    ['it was opened with a configured label', true, mergeRequestEvent({ action: 'open', labels: [rspec] })],
    ['it was opened', false, mergeRequestEvent({ action: 'open' })],
    ['it was merged', false, mergeRequestEvent({ action: 'merge', labels: [rspec] })],
  ])('when %s: may change labels %s', (_, expected, event) => {
    expect(mayChangeLabels(event, options)).toBe(expected)
  })

  it.each<[string, boolean, Partial<MergeRequestEvent>]>([
    ['approval', true, { action: 'approval' }],
    ['approved', true, { action: 'approved' }],
    ['approved, by the system', false, { action: 'approved', system: true }],
    ['approved, but merged', false, { action: 'approved', state: 'merged' }],
    ['unapproval', false, { action: 'unapproval' }],
    ['unapproved', false, { action: 'unapproved', system: true }],
    ['update', false, {}],
  ])('of action %s: is an approval %s', (_, expected, change) => {
    expect(isApproval(mergeRequestEvent(change), options)).toBe(expected)
  })
})
