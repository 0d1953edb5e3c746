import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { EventKind, GitLabEvent } from '../src/event.ts'
import { type EventHead, readHead } from '../src/event-head.ts'
import type { JsonObject } from '../src/json.ts'
import { parseEvent } from '../src/parse-event.ts'
import { delivery, deliveryBody, deliveryNames } from './support/deliveries.ts'
import { hostileText } from './support/hostile-text.ts'

const at = Date.parse('2026-05-11T08:00:00Z')

function parsed(name: string): GitLabEvent {
  const result = parseEvent(delivery(name), at)
  if ('because' in result) throw new Error(`${name}: ${result.because}`)
  return result.event
}

const sha = expect.stringMatching(/^[0-9a-f]{40}$/)
const orchard = { id: 71, path: 'meadow/orchard', defaultBranch: 'main' }
const imke = { id: 11, username: 'imke' }
const jonas = { id: 12, username: 'jonas' }

describe('an event', () => {
  it('of a job has the merge request of its ref, and nothing that could be a secret', () => {
    expect(parsed('job-failed-fail-fast')).toEqual({
      kind: 'job',
      at,
      project: orchard,
      job: 90001,
      name: 'rspec fail-fast',
      stage: 'test',
      status: 'failed',
      allowFailure: false,
      failureReason: 'script_failure',
      pipeline: 4001,
      ref: 'refs/merge-requests/17/head',
      tag: false,
      mergeRequest: 17,
      sha,
      retries: 0,
      upstream: null,
    })
  })

  it('of a pipeline has its merge request, and no variables', () => {
    expect(parsed('pipeline-failed')).toEqual({
      kind: 'pipeline',
      at,
      project: orchard,
      pipeline: 4001,
      status: 'failed',
      source: 'merge_request_event',
      ref: 'ripe-apples',
      tag: false,
      sha,
      mergeRequest: 17,
      targetProject: 71,
      newestJob: expect.any(Number),
      finishedAt: Date.parse('2026-05-11T07:40:09Z'),
      upstream: null,
    })
    expect(deliveryBody('pipeline-failed').toString()).toContain('hunter2-seed')
    expect(JSON.stringify(parsed('pipeline-failed'))).not.toContain('hunter2-seed')
  })

  const details: { name: string; has: object }[] = [
    { name: 'job-success', has: { status: 'success', failureReason: null } },
    { name: 'job-failed-merged-result', has: { mergeRequest: 17 } },
    { name: 'job-failed-merge-train', has: { mergeRequest: 17 } },
    { name: 'job-failed-branch', has: { mergeRequest: null, ref: 'main' } },
    { name: 'job-failed-tag', has: { mergeRequest: null, ref: 'v2.0', tag: true } },
    { name: 'job-failed-allowed', has: { allowFailure: true } },
    { name: 'job-failed-without-project', has: { project: { id: 71, path: '', defaultBranch: null } } },
    { name: 'job-failed-future-status', has: { status: 'evaporated' } },
    { name: 'pipeline-failed-branch', has: { mergeRequest: null, ref: 'main', source: 'push' } },
    { name: 'pipeline-failed-tag', has: { tag: true, ref: 'v2.0' } },
    { name: 'pipeline-failed-schedule', has: { source: 'schedule' } },
    { name: 'pipeline-failed-iso-times', has: { finishedAt: Date.parse('2026-05-11T05:41:30.123Z') } },
    { name: 'pipeline-failed-child', has: { upstream: { project: 71, pipeline: 4100 } } },
    { name: 'pipeline-failed-without-user', has: { pipeline: 4001, mergeRequest: 17 } },
    { name: 'merge-request-open', has: { action: 'open', user: imke, labels: ['backend'], labelChange: null } },
    {
      name: 'merge-request-update-labels',
      has: {
        action: 'update',
        labels: ['backend', 'pipeline:run-all-rspec'],
        labelChange: { previous: ['backend'], current: ['backend', 'pipeline:run-all-rspec'] },
        oldSha: null,
      },
    },
    { name: 'merge-request-update-push', has: { action: 'update', sha, oldSha: sha, labelChange: null } },
    { name: 'merge-request-update-empty-changes', has: { labelChange: null } },
    { name: 'merge-request-update-without-user', has: { user: null, labels: [], sha: null, labelChange: null } },
    { name: 'merge-request-unapproved-by-push', has: { action: 'unapproved', system: true } },
    { name: 'merge-request-approved', has: { action: 'approved', system: false, user: jonas } },
    { name: 'merge-request-merge', has: { state: 'merged' } },
    { name: 'merge-request-open-fork', has: { sourceProject: 73, project: orchard } },
    { name: 'note-merge-request', has: { mergeRequest: 17, sha, user: jonas, action: 'create', internal: false } },
    { name: 'note-internal', has: { internal: true } },
    { name: 'note-commit', has: { mergeRequest: null, sha: null } },
    { name: 'note-issue', has: { mergeRequest: null } },
    { name: 'note-without-action', has: { action: 'create', internal: false, addressed: [] } },
    { name: 'push-branch', has: { ref: 'refs/heads/ripe-apples', sha, user: imke } },
    { name: 'push-branch-deleted', has: { sha: null } },
    { name: 'push-tag', has: { ref: 'refs/tags/v2.0' } },
    { name: 'deployment-running', has: { status: 'running', environment: 'staging', job: expect.any(Number) } },
    { name: 'issue-close', has: { issue: 1, action: 'close', user: jonas } },
  ]

  it.each(details)('of $name has $has', ({ name, has }) => {
    expect(parsed(name)).toMatchObject(has)
  })

  it('is the same with times of either form, with unknown fields and without a user', () => {
    const plain = parsed('job-failed-fail-fast')
    for (const name of ['job-failed-iso-times', 'job-failed-unknown-fields', 'job-failed-without-user']) {
      expect(parsed(name)).toEqual(plain)
    }
  })

  it.each([
    ['job-failed-fail-fast', 'build_id', 'the job event lacks the id of what it is about'],
    ['pipeline-failed', 'object_attributes', 'the pipeline event lacks the id of what it is about'],
    ['merge-request-open', 'object_attributes', 'the merge_request event lacks the id of what it is about'],
    ['note-merge-request', 'object_attributes', 'the note event lacks the id of what it is about'],
    ['push-branch', 'ref', 'the push event lacks the id of what it is about'],
    ['deployment-running', 'deployment_id', 'the deployment event lacks the id of what it is about'],
    ['issue-open', 'object_attributes', 'the issue event lacks the id of what it is about'],
    ['issue-open', 'project', 'the delivery names no project'],
  ])('%s without %s is none: %s', (name, field, because) => {
    const { [field]: _, ...rest } = delivery(name)
    expect(parseEvent(rest, at)).toEqual({ because })
  })
})

const objectKinds = [
  'build',
  'pipeline',
  'merge_request',
  'note',
  'push',
  'tag_push',
  'deployment',
  'issue',
  'work_item',
]

/** A delivery in which some values are something else. */
const spoiled = () =>
  fc
    .tuple(fc.constantFrom(...deliveryNames()), fc.array(fc.tuple(fc.nat(), fc.jsonValue()), { maxLength: 6 }))
    .map(([name, changes]) =>
      changes.reduce<unknown>((body, [which, value]) => spoil(body, which, value), delivery(name)),
    )

function spoil(body: unknown, which: number, value: unknown): unknown {
  if (typeof body !== 'object' || body === null) return value
  const keys = Object.keys(body)
  const key = keys[which % Math.max(1, keys.length)]
  if (key === undefined) return value
  const inner = (body as JsonObject)[key]
  const deeper = which % 3 === 0 ? value : spoil(inner, which >> 2, value)
  return Array.isArray(body) ? [deeper] : { ...body, [key]: deeper }
}

describe('parsing', () => {
  it('never throws, whatever the JSON is', () => {
    const anything = fc.oneof(
      fc.dictionary(fc.string(), fc.jsonValue()),
      fc.dictionary(fc.constantFrom('project', 'project_id', 'object_attributes', 'ref', 'build_id'), fc.jsonValue()),
      spoiled(),
    )
    fc.assert(
      fc.property(anything, fc.constantFrom(...objectKinds, '__proto__', 'constructor', ''), (body, objectKind) => {
        const result = parseEvent({ ...(body as JsonObject), object_kind: objectKind }, at)
        expect(Object.keys(result)).toHaveLength(1)
      }),
      { numRuns: 2_000 },
    )
  })

  it.each(['__proto__', 'constructor', 'toString', 'hasOwnProperty'])('knows no kind %s', (objectKind) => {
    expect(parseEvent({ object_kind: objectKind, project: { id: 1 } }, at)).toHaveProperty('because')
  })
})

const status = fc.constantFrom('created', 'pending', 'running', 'success', 'failed', 'canceled')
/** Text that tries to look like the rest of a body. */
const forged = fc.oneof(
  hostileText(),
  fc.constantFrom(
    '","build_status":"success',
    '\\","build_status":"success","x":"',
    '\\',
    '\\\\","status":"success"',
    '","status":"success',
    '","source":"schedule","status":"success","x":"',
    '"},"object_kind":"pipeline","object_attributes":{"status":"skipped"',
    ',"build_status":"success"',
  ),
  fc.string({ minLength: 0, maxLength: 3_000 }),
)

function headAgrees(body: JsonObject, kind: EventKind, wanted: string): void {
  const text = JSON.stringify(body)
  const head = readHead(Buffer.from(text))
  const parsedWhole = parseEvent(JSON.parse(text) as JsonObject, at)
  if ('because' in parsedWhole) throw new Error(parsedWhole.because)
  expect(parsedWhole.event).toMatchObject({ kind, status: wanted })
  if (head !== null) expect(parsedWhole.event).toMatchObject(told(head))
}

/** What a head tells: jobs have no source. */
const told = ({ source, ...head }: EventHead) => (source === null ? head : { ...head, source })

describe('the first bytes of a delivery', () => {
  it.each(deliveryNames())('of %s tell what the whole of it tells', (name) => {
    const head = readHead(deliveryBody(name))
    const whole = parseEvent(delivery(name), at)
    if (head === null) return expect(name).not.toMatch(/^(job|pipeline)/)
    expect('event' in whole && whole.event).toMatchObject(told(head))
  })

  it('of a job event cannot be forged by names, refs or messages', () => {
    fc.assert(
      fc.property(forged, forged, forged, status, (ref, name, message, wanted) => {
        const { object_kind, ...rest } = delivery('job-failed-fail-fast')
        const body = { object_kind, ...rest, ref, build_name: name, build_stage: name, build_status: wanted }
        headAgrees({ ...body, commit: { id: 1, message } }, 'job', wanted)
      }),
      { numRuns: 1_000 },
    )
  })

  it('of a pipeline event cannot be forged by names, refs or variables', () => {
    fc.assert(
      fc.property(forged, forged, forged, status, (ref, name, value, wanted) => {
        const { object_kind, object_attributes, ...rest } = delivery('pipeline-failed')
        const attributes = { ...(object_attributes as JsonObject), ref, name, status: wanted, source: 'push' }
        const variables = [{ key: name, value }]
        headAgrees({ object_kind, object_attributes: { ...attributes, variables }, ...rest }, 'pipeline', wanted)
      }),
      { numRuns: 1_000 },
    )
  })

  it('tell nothing of a body that is formatted, ordered otherwise, cut or not JSON', () => {
    const body = delivery('job-success')
    const { object_kind, ...rest } = body
    const compact = JSON.stringify(body)
    const others = [
      JSON.stringify(body, null, 2),
      JSON.stringify({ ...rest, object_kind }),
      compact.slice(0, -1),
      compact.slice(0, 600),
      `[${compact}]`,
      '',
      'build_status=success',
    ]
    expect(others.map((text) => readHead(Buffer.from(text)))).toEqual(others.map(() => null))
  })
})
