import type { CiStatus } from '../types.ts'

type Part = CiStatus | 'warn' | 'ignored'
type Member = { status: CiStatus; allowFailure: boolean }

const toPart = ({ status, allowFailure }: Member): Part => {
  if (!allowFailure) return status
  if (status === 'failed' || status === 'canceled') return 'warn'
  return status === 'manual' ? 'ignored' : status
}

/** Asked in this order; the first rule whose parts cover all members wins. */
const onlyRules: [status: CiStatus, parts: Part[]][] = [
  ['skipped', ['skipped', 'ignored']],
  ['success', ['success', 'skipped', 'warn', 'ignored']],
  ['created', ['created', 'warn', 'ignored']],
  ['preparing', ['preparing', 'warn', 'ignored']],
  ['canceled', ['canceled', 'success', 'skipped', 'warn', 'ignored']],
  ['pending', ['pending', 'created', 'skipped', 'warn', 'ignored']],
]

/** Asked after those; the first rule of which any member has a part wins. */
const anyRules: [status: CiStatus, parts: Part[]][] = [
  ['running', ['running', 'pending']],
  ['waiting_for_resource', ['waiting_for_resource']],
  ['waiting_for_callback', ['waiting_for_callback']],
  ['manual', ['manual']],
  ['scheduled', ['scheduled']],
  ['preparing', ['preparing']],
  ['running', ['created']],
  ['canceling', ['canceling']],
]

/**
 * The status of a pipeline from its latest jobs, trigger jobs and external statuses (gitlab: lib/gitlab/ci/status/composite.rb).
 * A pure function of statuses: failed and cancelled jobs together make `failed`. null for no members.
 */
export const compositeStatus = (members: Member[]): CiStatus | null => {
  if (members.length === 0) return null
  const parts = new Set(members.map(toPart))
  const only = onlyRules.find(([, allowed]) => [...parts].every((part) => allowed.includes(part)))
  if (only !== undefined) return only[0]
  const any = anyRules.find(([, wanted]) => wanted.some((part) => parts.has(part)))
  return any?.[0] ?? 'failed'
}

/** "With warnings" shows only here, never in the status itself. */
export const hasWarnings = (members: Member[]): boolean => members.some((member) => toPart(member) === 'warn')
