import { describe, expect, it } from 'vitest'
import { parseConfig } from '../config/load.ts'
import type { EventKind } from '../src/event.ts'
import { readHead } from '../src/event-head.ts'
import { parseEvent } from '../src/parse-event.ts'
import { canMatter, route } from '../src/reaction.ts'
import { toldBeside } from '../src/told.ts'
import { createReactions } from '../workers/reactions.ts'
import { emptyMemory } from '../workers/slack/memory.ts'
import { delivery, deliveryBody, deliveryNames } from './support/deliveries.ts'

const defaults = parseConfig('', 'test.yaml', { slackChannel: '#pipelines' })
const reactions = createReactions(defaults.configFor, emptyMemory)

type Row = [name: string, kind: EventKind, ...wakes: string[]]

/** What each delivery is, and which reactions it wakes with the default configuration. */
const table: Row[] = [
  ['deployment-canceled', 'deployment'],
  ['deployment-failed', 'deployment'],
  ['deployment-running', 'deployment'],
  ['deployment-success', 'deployment'],
  ['issue-as-work-item', 'issue'],
  ['issue-by-the-bot', 'issue'],
  ['issue-close', 'issue'],
  ['issue-open', 'issue'],
  ['job-canceled', 'job', 'undercoverage'],
  ['job-created', 'job'],
  ['job-failed-allowed', 'job', 'flaky-tests'],
  ['job-failed-branch', 'job', 'fail-fast', 'flaky-tests'],
  ['job-failed-deploy-runner', 'job', 'flaky-tests', 'undercoverage'],
  ['job-failed-fail-fast', 'job', 'fail-fast', 'flaky-tests', 'undercoverage'],
  ['job-failed-fail-fast-runner', 'job', 'fail-fast', 'flaky-tests', 'undercoverage'],
  ['job-failed-fork', 'job', 'fail-fast', 'flaky-tests', 'undercoverage'],
  ['job-failed-future-status', 'job'],
  ['job-failed-iso-times', 'job', 'fail-fast', 'flaky-tests', 'undercoverage'],
  ['job-failed-merge-train', 'job', 'fail-fast', 'flaky-tests'],
  ['job-failed-merged-result', 'job', 'fail-fast', 'flaky-tests', 'undercoverage'],
  ['job-failed-other-name', 'job', 'flaky-tests', 'undercoverage'],
  ['job-failed-runner', 'job', 'flaky-tests', 'undercoverage'],
  ['job-failed-tag', 'job', 'fail-fast', 'flaky-tests'],
  ['job-failed-unknown-fields', 'job', 'fail-fast', 'flaky-tests', 'undercoverage'],
  ['job-failed-without-project', 'job', 'fail-fast', 'flaky-tests', 'undercoverage'],
  ['job-failed-without-user', 'job', 'fail-fast', 'flaky-tests', 'undercoverage'],
  ['job-pending', 'job'],
  ['job-running', 'job'],
  ['job-success', 'job'],
  ['merge-request-approval', 'merge_request', 'label-actions'],
  ['merge-request-approved', 'merge_request', 'label-actions'],
  ['merge-request-close', 'merge_request'],
  ['merge-request-merge', 'merge_request'],
  ['merge-request-open', 'merge_request'],
  ['merge-request-open-fork', 'merge_request'],
  ['merge-request-reopen', 'merge_request'],
  ['merge-request-unapproval', 'merge_request'],
  ['merge-request-unapproved', 'merge_request'],
  ['merge-request-unapproved-by-push', 'merge_request'],
  ['merge-request-update-by-the-bot', 'merge_request'],
  ['merge-request-update-empty-changes', 'merge_request', 'label-actions'],
  ['merge-request-update-labels', 'merge_request', 'label-actions'],
  ['merge-request-update-push', 'merge_request'],
  ['merge-request-update-reviewers-as-change', 'merge_request'],
  ['merge-request-update-reviewers-as-lists', 'merge_request'],
  ['merge-request-update-title', 'merge_request'],
  ['merge-request-update-without-user', 'merge_request'],
  ['note-commit', 'note'],
  ['note-internal', 'note'],
  ['note-issue', 'note'],
  ['note-merge-request', 'note'],
  ['note-of-the-bot', 'note'],
  ['note-without-action', 'note'],
  ['pipeline-canceled', 'pipeline'],
  ['pipeline-created', 'pipeline'],
  ['pipeline-failed', 'pipeline', 'flaky-tests'],
  ['pipeline-failed-branch', 'pipeline', 'flaky-tests', 'slack'],
  ['pipeline-failed-child', 'pipeline', 'flaky-tests'],
  ['pipeline-failed-iso-times', 'pipeline', 'flaky-tests'],
  ['pipeline-failed-new-fields', 'pipeline', 'flaky-tests'],
  ['pipeline-failed-schedule', 'pipeline', 'flaky-tests', 'slack'],
  ['pipeline-failed-tag', 'pipeline', 'flaky-tests'],
  ['pipeline-failed-without-user', 'pipeline', 'flaky-tests'],
  ['pipeline-manual', 'pipeline'],
  ['pipeline-pending', 'pipeline'],
  ['pipeline-running', 'pipeline'],
  ['pipeline-skipped', 'pipeline'],
  ['pipeline-success', 'pipeline', 'fail-fast', 'flaky-tests'],
  ['push-branch', 'push'],
  ['push-branch-deleted', 'push'],
  ['push-branch-new', 'push'],
  ['push-by-system-hook', 'push'],
  ['push-tag', 'push'],
]

/** Deliveries that are no event for us, and what the sender is told. */
const ignored: [name: string, because: string][] = [
  ['custom-template', 'nothing reacts to this kind of events'],
  ['custom-template-empty', 'nothing reacts to this kind of events'],
  ['group-hook-member-added', 'nothing reacts to this kind of events'],
  ['system-hook-project-create', 'nothing reacts to this kind of events'],
  ['unknown-emoji', 'nothing reacts to "emoji" events'],
  ['unknown-kind-of-the-future', 'nothing reacts to "harvest" events'],
  ['unknown-release', 'nothing reacts to "release" events'],
]

describe('a delivery', () => {
  it('of every kind and state has its row', () => {
    expect([...table, ...ignored].map(([name]) => name).sort()).toEqual(deliveryNames())
  })

  it.each(table.map(([name, kind, ...wakes]) => ({ name, kind, wakes })))(
    '$name is a $kind event and wakes $wakes',
    ({ name, kind, wakes }) => {
      const parsed = parseEvent(delivery(name), 0)
      if ('because' in parsed) throw new Error(parsed.because)
      expect(parsed.event.kind).toBe(kind)
      expect(route(parsed.event, reactions, toldBeside(delivery(name))).map((reaction) => reaction.name)).toEqual(wakes)
    },
  )

  it.each(table.filter(([, , ...wakes]) => wakes.length > 0).map(([name]) => name))(
    '%s is not dropped by what its first bytes tell',
    (name) => {
      const head = readHead(deliveryBody(name))
      expect(head === null || canMatter(head, reactions)).toBe(true)
    },
  )

  it.each(ignored)('%s is ignored: %s', (name, because) => {
    expect(parseEvent(delivery(name), 0)).toEqual({ because })
  })
})

describe('a switched-off reaction', () => {
  const wakesFailFast = (name: string, yaml: string): boolean => {
    const parsed = parseEvent(delivery(name), 0)
    if ('because' in parsed) throw new Error(parsed.because)
    const some = createReactions(parseConfig(yaml, 'test.yaml').configFor)
    return route(parsed.event, some).some((reaction) => reaction.name === 'fail-fast')
  }

  it.each([
    { yaml: '', orchard: true, fork: true },
    { yaml: 'fail_fast: {enabled: false}', orchard: false, fork: false },
    { yaml: 'overrides: [{projects: ["meadow/*"], fail_fast: {enabled: false}}]', orchard: false, fork: true },
    { yaml: 'fail_fast: {jobs: ["rspec 1/*"]}', orchard: false, fork: false },
  ])('is not woken where it is off: "$yaml"', ({ yaml, orchard, fork }) => {
    expect(wakesFailFast('job-failed-fail-fast', yaml)).toBe(orchard)
    expect(wakesFailFast('job-failed-fork', yaml)).toBe(fork)
  })
})
