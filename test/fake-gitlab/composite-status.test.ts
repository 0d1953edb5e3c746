import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { compositeStatus } from '../support/fake-gitlab/ci/composite-status.ts'
import { allStatuses } from '../support/fake-gitlab/ci/statuses.ts'
import type { CiStatus } from '../support/fake-gitlab/types.ts'

/** `failed`, or `failed?` for a job that may fail. */
const members = (text: string): { status: CiStatus; allowFailure: boolean }[] =>
  text.split(' ').map((word) => {
    const status = allStatuses.find((candidate) => candidate === word.replace('?', ''))
    if (status === undefined) throw new Error(`no status ${word}`)
    return { status, allowFailure: word.endsWith('?') }
  })

describe('the status of a pipeline', () => {
  const table: [jobs: string, status: CiStatus][] = [
    ['failed canceled success skipped', 'failed'],
    ['failed? canceled', 'canceled'],
    ['failed canceling', 'canceling'],
    ['failed canceling created', 'running'],
    ['failed manual', 'manual'],
    ['failed manual?', 'failed'],
    ['canceled manual', 'manual'],
    ['success canceled?', 'success'],
    ['failed created', 'running'],
    ['skipped skipped', 'skipped'],
    ['manual? manual?', 'skipped'],
    ['failed scheduled', 'scheduled'],
    ['success manual?', 'success'],
    ['created created failed?', 'created'],
    ['preparing preparing', 'preparing'],
    ['pending created', 'pending'],
    ['success created', 'running'],
    ['failed waiting_for_resource', 'waiting_for_resource'],
    ['failed waiting_for_callback manual', 'waiting_for_callback'],
    ['failed preparing', 'preparing'],
    ['running failed manual', 'running'],
  ]
  test.each(table)('of %s is %s', (jobs, status) => {
    expect(compositeStatus(members(jobs))).toBe(status)
  })

  const anyMembers = fc.array(fc.record({ status: fc.constantFrom(...allStatuses), allowFailure: fc.boolean() }), {
    minLength: 1,
  })

  test('does not depend on the order or number of jobs', () => {
    fc.assert(
      fc.property(anyMembers, (jobs) => {
        expect(compositeStatus([...jobs.toReversed(), ...jobs])).toBe(compositeStatus(jobs))
      }),
    )
  })

  test('is never success while a job that must not fail has failed', () => {
    fc.assert(
      fc.property(anyMembers, (jobs) => {
        const status = compositeStatus([...jobs, { status: 'failed', allowFailure: false }])
        expect(status).not.toBe('success')
        expect(status).not.toBe('canceled')
      }),
    )
  })
})
