import { describe, expect, it } from 'vitest'
import { parseConfig } from '../config/load.ts'
import type { EventKind } from '../src/event.ts'
import { readHead } from '../src/event-head.ts'
import { parseEvent } from '../src/parse-event.ts'
import { canMatter, route } from '../src/reaction.ts'
import { createReactions } from '../workers/reactions.ts'
import { delivery, deliveryBody, deliveryNames } from './support/deliveries.ts'

const reactions = createReactions(parseConfig('', 'test.yaml').configFor)

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
  ['job-failed-allowed', 'job'],
  ['job-failed-branch', 'job', 'fail-fast'],
  ['job-failed-deploy-runner', 'job', 'undercoverage'],
  ['job-failed-fail-fast', 'job', 'fail-fast', 'undercoverage'],
  ['job-failed-fail-fast-runner', 'job', 'fail-fast', 'flaky-tests', 'undercoverage'],
  ['job-failed-fork', 'job', 'fail-fast', 'undercoverage'],
  ['job-failed-future-status', 'job'],
  ['job-failed-iso-times', 'job', 'fail-fast', 'undercoverage'],
  ['job-failed-merge-train', 'job', 'fail-fast'],
  ['job-failed-merged-result', 'job', 'fail-fast', 'undercoverage'],
  ['job-failed-other-name', 'job', 'undercoverage'],
  ['job-failed-runner', 'job', 'flaky-tests', 'undercoverage'],
  ['job-failed-tag', 'job', 'fail-fast'],
  ['job-failed-unknown-fields', 'job', 'fail-fast', 'undercoverage'],
  ['job-failed-without-project', 'job', 'fail-fast', 'undercoverage'],
  ['job-failed-without-user', 'job', 'fail-fast', 'undercoverage'],
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
  ['merge-request-update-labels', 'merge_request', 'undercoverage', 'label-actions'],
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
  ['pipeline-canceled', 'pipeline', 'undercoverage'],
  ['pipeline-created', 'pipeline', 'undercoverage'],
  ['pipeline-failed', 'pipeline', 'undercoverage'],
  ['pipeline-failed-branch', 'pipeline'],
  ['pipeline-failed-child', 'pipeline', 'undercoverage'],
  ['pipeline-failed-iso-times', 'pipeline', 'undercoverage'],
  ['pipeline-failed-new-fields', 'pipeline', 'undercoverage'],
  ['pipeline-failed-schedule', 'pipeline'],
  ['pipeline-failed-tag', 'pipeline'],
  ['pipeline-failed-without-user', 'pipeline', 'undercoverage'],
  ['pipeline-manual', 'pipeline', 'undercoverage'],
  ['pipeline-pending', 'pipeline', 'undercoverage'],
  ['pipeline-running', 'pipeline', 'undercoverage'],
  ['pipeline-skipped', 'pipeline', 'undercoverage'],
  ['pipeline-success', 'pipeline', 'undercoverage'],
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
      expect(route(parsed.event, reactions).map((reaction) => reaction.name)).toEqual(wakes)
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
  it('is not woken', () => {
    const without = createReactions(parseConfig('fail_fast: {enabled: false}', 'test.yaml').configFor)
    const parsed = parseEvent(delivery('job-failed-fail-fast'), 0)
    expect('event' in parsed && route(parsed.event, without).map(({ name }) => name)).toEqual(['undercoverage'])
  })

  it('for one project only is woken by others', () => {
    const yaml = 'overrides: [{projects: ["meadow/*"], fail_fast: {enabled: false}}]'
    const some = createReactions(parseConfig(yaml, 'test.yaml').configFor)
    const woken = ['job-failed-fail-fast', 'job-failed-fork'].map((name) => {
      const parsed = parseEvent(delivery(name), 0)
      return 'event' in parsed ? route(parsed.event, some).map((reaction) => reaction.name) : parsed
    })
    expect(woken).toEqual([['undercoverage'], ['fail-fast', 'undercoverage']])
  })
})
