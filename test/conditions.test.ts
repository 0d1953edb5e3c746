import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { ConditionDefinitions } from '../config/schema.ts'
import { matchesAny, type Traits, traitsOf } from '../src/conditions.ts'

const MERGE_REQUEST = { iid: 17, labels: ['backend'], targetBranch: 'main', sourceBranch: 'fix', fork: false }

const known = (given: Partial<Traits> = {}) => ({
  projectPath: 'group/app',
  source: 'push',
  ref: 'fix',
  tag: false,
  defaultBranch: 'main',
  protectedRef: false,
  mergeRequest: null,
  variables: {},
  ...given,
})

const branch = (given: Partial<Traits> = {}): Traits => traitsOf(known(given))

const ofMergeRequest = (given: Partial<Traits> = {}): Traits =>
  branch({
    source: 'merge_request_event',
    ref: 'refs/merge-requests/17/head',
    mergeRequest: MERGE_REQUEST,
    ...given,
  })

const PIPELINES = {
  branch: branch(),
  'default branch': branch({ ref: 'main' }),
  'protected branch': branch({ ref: 'stable', protectedRef: true }),
  'branch of unknown protection': branch({ protectedRef: null }),
  'branch of a project whose default branch is unknown': branch({ defaultBranch: null }),
  'scheduled branch': branch({ source: 'schedule' }),
  'scheduled default branch': branch({ source: 'schedule', ref: 'main' }),
  'child of a branch': branch({ source: 'parent_pipeline' }),
  'child of the default branch': branch({ source: 'parent_pipeline', ref: 'main' }),
  tag: branch({ ref: 'v1', tag: true }),
  'protected tag': branch({ ref: 'v1', tag: true, protectedRef: true }),
  'merge request': ofMergeRequest(),
  'merge request from a protected branch': ofMergeRequest({ protectedRef: true }),
  'merge request that could not be read': ofMergeRequest({ mergeRequest: null }),
  'child of a merge request': ofMergeRequest({ source: 'parent_pipeline' }),
  'fork merge request': ofMergeRequest({ mergeRequest: { ...MERGE_REQUEST, fork: true } }),
  'merged result': ofMergeRequest({ ref: 'refs/merge-requests/17/merge' }),
  'merge train': ofMergeRequest({ ref: 'refs/merge-requests/17/train' }),
} satisfies Record<string, Traits>

type Kind = keyof typeof PIPELINES

const BUILT_IN = [
  'merge_request',
  'fork_merge_request',
  'branch',
  'default_branch',
  'tag',
  'schedule',
  'child',
  'merged_result',
  'merge_train',
]

/** Which built-in names each kind meets: where only what is named counts, and what it meets besides that elsewhere. */
const MET: [kind: Kind, named: string[], elsewhereToo: string[]][] = [
  ['branch', ['branch'], []],
  ['default branch', ['default_branch'], ['branch']],
  ['protected branch', [], ['branch']],
  ['branch of unknown protection', [], ['branch']],
  ['branch of a project whose default branch is unknown', [], ['branch']],
  ['scheduled branch', ['branch', 'schedule'], []],
  ['scheduled default branch', ['default_branch'], ['branch', 'schedule']],
  ['child of a branch', ['branch', 'child'], []],
  ['child of the default branch', ['default_branch'], ['branch', 'child']],
  ['tag', ['tag'], []],
  ['protected tag', ['tag'], []],
  ['merge request', ['merge_request'], []],
  ['merge request from a protected branch', ['merge_request'], []],
  ['merge request that could not be read', ['merge_request'], []],
  ['child of a merge request', ['merge_request', 'child'], []],
  ['fork merge request', ['merge_request', 'fork_merge_request'], []],
  ['merged result', ['merge_request', 'merged_result'], []],
  ['merge train', ['merge_train'], []],
]

const metBy = (traits: Traits, protectedRefs: 'named' | 'any'): string[] =>
  BUILT_IN.filter((name) => matchesAny([name], traits, {}, { protectedRefs }).matched === name)

const OWN: ConditionDefinitions = {
  nightly: { source: ['schedule'], ref: ['main'], variables: { NIGHTLY: '*' } },
  nightly_anywhere: { source: ['schedule'], variables: { NIGHTLY: 'y*' } },
  stable: { ref: ['stable', '*-stable'] },
  trains_only_by_ref: { ref: ['refs/merge-requests/*/train'] },
  backend: { labels: ['backend', 'database'] },
  to_main: { targetBranch: ['main'] },
  automated: { sourceBranch: ['release-tools/*'] },
  own_code: { fork: false },
  in_group: { project: ['group/*'] },
  stable_by_name: { allOf: ['stable', 'branch'] },
  stable_or_tag: { anyOf: ['tag', 'stable'] },
  not_a_fork: { allOf: ['merge_request'], not: ['fork_merge_request'] },
  not_main: { not: ['default_branch'] },
  round: { anyOf: ['about'] },
  about: { anyOf: ['round'] },
}

const OWN_CASES: [condition: string, what: string, traits: Traits, holds: boolean][] = [
  ['nightly', 'a nightly pipeline', branch({ source: 'schedule', ref: 'main', variables: { NIGHTLY: ['*'] } }), true],
  ['nightly', 'another schedule', branch({ source: 'schedule', ref: 'main' }), false],
  ['nightly', 'unknown variables', branch({ source: 'schedule', ref: 'main', variables: null }), false],
  ['nightly_anywhere', 'a feature branch', branch({ source: 'schedule', variables: { NIGHTLY: ['y*'] } }), true],
  ['nightly_anywhere', 'another value', branch({ source: 'schedule', variables: { NIGHTLY: [] } }), false],
  [
    'nightly_anywhere',
    'the default branch, which it does not name',
    branch({ source: 'schedule', ref: 'main', variables: { NIGHTLY: ['*', 'y*'] } }),
    false,
  ],
  ['stable', 'a protected branch that it names', branch({ ref: '17-stable', protectedRef: true }), true],
  ['stable', 'another branch', branch(), false],
  ['stable', 'a merge request from a branch of that name', ofMergeRequest(), false],
  ['trains_only_by_ref', 'a merge train', PIPELINES['merge train'], true],
  ['backend', 'one of the labels', ofMergeRequest(), true],
  ['backend', 'no such label', ofMergeRequest({ mergeRequest: { ...MERGE_REQUEST, labels: ['backend-2'] } }), false],
  ['backend', 'a branch', branch(), false],
  ['backend', 'a merge request that could not be read', PIPELINES['merge request that could not be read'], false],
  ['to_main', 'that target', ofMergeRequest(), true],
  ['automated', 'another source branch', ofMergeRequest(), false],
  [
    'automated',
    'a source branch that fits',
    ofMergeRequest({ mergeRequest: { ...MERGE_REQUEST, sourceBranch: 'release-tools/a/b' } }),
    true,
  ],
  ['own_code', 'no fork', ofMergeRequest(), true],
  ['own_code', 'a fork', PIPELINES['fork merge request'], false],
  ['own_code', 'a branch', branch(), false],
  ['in_group', 'a project in it', branch(), true],
  ['in_group', 'a project further down', branch({ projectPath: 'group/sub/app' }), false],
  ['in_group', 'the default branch, which it does not name', branch({ ref: 'main' }), false],
  ['stable_by_name', 'a protected branch named on the way', branch({ ref: 'stable', protectedRef: true }), true],
  ['stable_or_tag', 'a tag', PIPELINES.tag, true],
  ['stable_or_tag', 'a protected branch', branch({ ref: 'stable', protectedRef: true }), true],
  ['not_a_fork', 'no fork', ofMergeRequest(), true],
  ['not_a_fork', 'a fork', PIPELINES['fork merge request'], false],
  ['not_a_fork', 'what may be a fork', PIPELINES['merge request that could not be read'], false],
  ['not_main', 'another branch', branch(), true],
  ['not_main', 'the default branch', branch({ ref: 'main' }), false],
  ['not_main', 'a protected branch, as ruling one out names none', PIPELINES['protected branch'], false],
  ['round', 'anything, as it goes in a circle', branch(), false],
  ['nobody_knows', 'anything, as there is no such condition', branch(), false],
  ['constructor', 'anything, as there is no such condition', branch(), false],
]

describe('built-in conditions', () => {
  it.each(MET)('a pipeline of a %s meets %j where refs have to be named', (kind, named) => {
    expect(metBy(PIPELINES[kind], 'named')).toEqual(named)
  })

  it.each(MET)('a pipeline of a %s meets %j and %j where they need not', (kind, named, elsewhereToo) => {
    expect(new Set(metBy(PIPELINES[kind], 'any'))).toEqual(new Set([...named, ...elsewhereToo]))
  })

  it('count when their names stand beside others', () => {
    expect(matchesAny(['schedule', 'default_branch'], PIPELINES['scheduled default branch'], {}).matched).toBe(
      'default_branch',
    )
    expect(matchesAny(['merge_request', 'branch'], PIPELINES.branch, {}).matched).toBe('branch')
  })
})

describe('own conditions', () => {
  it.each(OWN_CASES)('%s, asked of %s', (condition, _, traits, holds) => {
    expect(matchesAny([condition], traits, OWN).matched).toBe(holds ? condition : null)
  })
})

describe('the reason', () => {
  const REASONS: [names: string[], kind: Kind, because: string][] = [
    [['merge_request'], 'merge request', 'it is a pipeline of merge request !17'],
    [
      ['merge_request'],
      'branch',
      'it is a pipeline of branch fix, source push (merge_request: it is not of a merge request)',
    ],
    [
      ['branch', 'tag'],
      'default branch',
      'it is a pipeline of branch main, source push ' +
        '(branch: main is the default branch and counts only where it is named; tag: it is not of a tag)',
    ],
    [
      ['branch'],
      'protected branch',
      'it is a pipeline of branch stable, source push (branch: stable is protected and counts only where it is named)',
    ],
    [
      ['fork_merge_request'],
      'merge request that could not be read',
      'it is a pipeline of a merge request (fork_merge_request: its merge request could not be read)',
    ],
    [['stable'], 'tag', 'it is a pipeline of tag v1 (stable: its ref is v1)'],
    [[], 'merge train', 'it is a pipeline of the merge train with merge request !17, and no condition is configured'],
  ]

  it.each(REASONS)('%j asked of a %s', (names, kind, because) => {
    expect(matchesAny(names, PIPELINES[kind], OWN).because).toBe(because)
  })
})

describe('what is not known', () => {
  it('never makes a condition hold that would not hold with the knowledge', () => {
    const value = <Value>(...values: Value[]) => fc.constantFrom(...values)
    const anyTraits = fc.record({
      ref: value('main', 'fix', 'stable', 'refs/merge-requests/17/head', 'refs/merge-requests/17/train'),
      source: value('push', 'schedule', 'parent_pipeline', 'merge_request_event'),
      tag: fc.boolean(),
      defaultBranch: value('main', 'stable'),
      protectedRef: fc.boolean(),
      mergeRequest: value(MERGE_REQUEST, { ...MERGE_REQUEST, fork: true, labels: [] }),
      variables: value<Traits['variables']>({}, { NIGHTLY: ['*', 'y*'] }),
    })
    const hidden = fc.subarray(['defaultBranch', 'protectedRef', 'mergeRequest', 'variables'] as const)
    const names = fc.constantFrom(...BUILT_IN, ...Object.keys(OWN))
    fc.assert(
      fc.property(anyTraits, hidden, names, (given, keys, name) => {
        const whole = ofMergeRequestOrBranch(given)
        const partly = { ...whole, ...Object.fromEntries(keys.map((key) => [key, null])) }
        const withLess = matchesAny([name], partly, OWN).matched
        expect([null, matchesAny([name], whole, OWN).matched]).toContain(withLess)
      }),
    )
  })

  const ofMergeRequestOrBranch = (given: Partial<Traits>): Traits => {
    const isBranch = !given.ref?.startsWith('refs/')
    const source = isBranch && given.source === 'merge_request_event' ? 'push' : given.source
    return branch({
      ...given,
      tag: isBranch && given.tag === true,
      ...(source === undefined ? {} : { source }),
      ...(isBranch ? { mergeRequest: null } : {}),
    })
  }
})

describe('traits', () => {
  it('of a merge request that an event names by its source branch get the ref that GitLab gives it elsewhere', () => {
    const traits = branch({ source: 'merge_request_event', ref: 'main', mergeRequest: MERGE_REQUEST })
    expect(traits).toMatchObject({ ref: 'refs/merge-requests/17/head', refKind: 'merge_request_head' })
  })

  it.each([
    ['refs/merge-requests/1/head', 'merge_request_head'],
    ['refs/merge-requests/1/merge', 'merged_result'],
    ['refs/merge-requests/1/train', 'merge_train'],
    ['refs/merge-requests/1/headless', 'branch'],
    ['my/refs/merge-requests/1/head', 'branch'],
  ])('of %s have the kind %s', (ref, refKind) => {
    expect(branch({ ref }).refKind).toBe(refKind)
  })
})
