import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Failing, Incident } from '../../src/incident.ts'
import { type Observation, transition } from '../../workers/slack/transition.ts'
import { failing, incident, noon } from './builders.ts'

/** "lint rspec" as failures of a pipeline. */
const failures = (names: string, pipeline: number, source = 'push'): Failing[] =>
  names
    .split(' ')
    .filter(Boolean)
    .map((name) => failing({ name, pipeline, source }))

const red = (names: string, pipeline: number, source = 'push'): Incident =>
  incident({ state: 'red', failing: failures(names, pipeline, source), seen: { [source]: pipeline } })

const green = (pipeline: number): Incident => incident({ state: 'green', failing: [], seen: { push: pipeline } })

type Seen = Partial<Pick<Observation, 'source' | 'newerGreen'>> & { failed?: string; passed?: string }

function observation(
  pipeline: number,
  { failed = '', passed = '', source = 'push', newerGreen = null }: Seen,
): Observation {
  const failing = failures(failed, pipeline, source)
  const outcome = failing.length > 0 ? 'red' : 'green'
  return { pipeline, source, now: noon, outcome, failing, passed: passed.split(' ').filter(Boolean), newerGreen }
}

const names = (list: readonly Failing[]) => list.map(({ name }) => name).join(' ')

describe('what a pipeline means', () => {
  it.each<[string, Incident | null, Observation, ReturnType<typeof transition>['kind'], string]>([
    ['a first failure is new', null, observation(10, { failed: 'rspec' }), 'new', 'rspec'],
    ['a failure after a recovery is new', green(9), observation(10, { failed: 'rspec' }), 'new', 'rspec'],
    ['a first success is nothing', null, observation(10, {}), 'nothing', ''],
    ['a success after a recovery is nothing', green(9), observation(10, {}), 'nothing', ''],
    [
      'the same jobs again are the same',
      red('rspec lint', 9),
      observation(10, { failed: 'lint rspec' }),
      'same',
      'lint rspec',
    ],
    [
      'one job more is another set',
      red('rspec', 9),
      observation(10, { failed: 'rspec lint' }),
      'changed',
      'rspec lint',
    ],
    ['one job less is another set', red('rspec lint', 9), observation(10, { failed: 'lint' }), 'changed', 'lint'],
    ['other jobs are another set', red('rspec', 9), observation(10, { failed: 'lint' }), 'changed', 'lint'],
    ['a success mends everything of its source', red('rspec lint', 9), observation(10, {}), 'recovered', ''],
    ['a retry that turns the same pipeline green mends it', red('rspec', 9), observation(9, {}), 'recovered', ''],
    [
      'a retry that fails with fewer jobs is another set',
      red('rspec lint', 9),
      observation(9, { failed: 'lint' }),
      'changed',
      'lint',
    ],
    ['the same end told twice is the same', red('rspec', 9), observation(9, { failed: 'rspec' }), 'same', 'rspec'],
    ['an older success that comes late mends nothing', red('rspec', 9), observation(8, {}), 'nothing', 'rspec'],
    [
      'an older failure that comes late changes nothing',
      red('rspec', 9),
      observation(8, { failed: 'lint' }),
      'nothing',
      'rspec',
    ],
    [
      'an older failure after a newer recovery is nothing',
      green(9),
      observation(8, { failed: 'rspec' }),
      'nothing',
      '',
    ],
    [
      'a failure that a newer success has overtaken is nothing',
      null,
      observation(8, { failed: 'rspec', newerGreen: 9 }),
      'nothing',
      '',
    ],
    [
      'a failure that a newer success has overtaken adds nothing to what is red by something else',
      red('e2e', 7, 'schedule'),
      observation(8, { failed: 'rspec', newerGreen: 9 }),
      'nothing',
      'e2e',
    ],
    [
      'a push does not mend what only the schedule runs',
      red('e2e', 9, 'schedule'),
      observation(10, { passed: 'rspec lint' }),
      'same',
      'e2e',
    ],
    [
      'a push mends what it ran, whatever failed it',
      red('e2e rspec', 9, 'schedule'),
      observation(10, { passed: 'rspec lint' }),
      'changed',
      'e2e',
    ],
    [
      'a push that ran all of it mends the schedule',
      red('rspec', 9, 'schedule'),
      observation(10, { passed: 'rspec lint' }),
      'recovered',
      '',
    ],
    [
      'a pipeline that somebody started by hand mends what it ran of a push',
      red('rspec lint', 9),
      observation(10, { source: 'web', passed: 'rspec' }),
      'changed',
      'lint',
    ],
    [
      'a push that ran something else does not mend a pipeline that somebody started by hand',
      red('deploy', 9, 'web'),
      observation(10, { passed: 'rspec lint' }),
      'same',
      'deploy',
    ],
    [
      'a failure of another source comes on top',
      red('e2e', 9, 'schedule'),
      observation(10, { failed: 'lint', passed: 'rspec' }),
      'changed',
      'e2e lint',
    ],
    [
      'a long schedule that began before the newest push is not too late',
      red('lint', 10),
      observation(9, { failed: 'e2e', source: 'schedule' }),
      'changed',
      'lint e2e',
    ],
    [
      'one schedule does not mend what only another one runs',
      red('e2e', 9, 'schedule'),
      observation(10, { source: 'schedule', passed: 'tidy' }),
      'same',
      'e2e',
    ],
    [
      'a schedule that runs it with success mends it',
      red('e2e', 9, 'schedule'),
      observation(10, { source: 'schedule', passed: 'e2e' }),
      'recovered',
      '',
    ],
    [
      'a schedule of which a retry turned the failed job green mends it',
      red('e2e', 9, 'schedule'),
      observation(9, { source: 'schedule', passed: 'other' }),
      'recovered',
      '',
    ],
    [
      'a schedule that passes mends a status that was set from outside, which is no job that it could have run',
      incident({ failing: [failing({ name: 'scan', kind: 'status', pipeline: 9, source: 'schedule' })] }),
      observation(10, { source: 'schedule', passed: 'tidy' }),
      'recovered',
      '',
    ],
    [
      'a schedule that fails does not mend such a status, for nobody has looked at it',
      incident({ failing: [failing({ name: 'scan', kind: 'status', pipeline: 9, source: 'schedule' })] }),
      observation(10, { source: 'schedule', failed: 'tidy' }),
      'changed',
      'scan tidy',
    ],
    [
      'what no schedule has run for more than a week is gone',
      incident({ failing: [failing({ name: 'e2e', pipeline: 9, source: 'schedule', at: noon - 9 * 86_400_000 })] }),
      observation(10, { source: 'schedule', passed: 'tidy' }),
      'recovered',
      '',
    ],
    [
      'a long schedule fails although a newer one ended before it',
      incident({ state: 'green', failing: [], seen: { schedule: 12 } }),
      observation(10, { source: 'schedule', failed: 'e2e' }),
      'new',
      'e2e',
    ],
    [
      'a long schedule comes on top of a newer one that failed before it ended',
      red('tidy', 12, 'schedule'),
      observation(10, { source: 'schedule', failed: 'e2e tidy' }),
      'changed',
      'tidy e2e',
    ],
    [
      'an older success of another source mends nothing newer',
      red('rspec', 10),
      observation(9, { passed: 'rspec', source: 'schedule' }),
      'same',
      'rspec',
    ],
  ])('%s', (_title, known, seen, kind, left) => {
    const found = transition(known, seen)
    expect([found.kind, names(found.failing)]).toEqual([kind, left])
  })

  it('says which failures are new and which are gone', () => {
    const { added, mended } = transition(red('rspec lint', 9), observation(10, { failed: 'lint docs' }))
    expect([names(added), names(mended)]).toEqual(['docs', 'rspec'])
  })

  it('an error in the configuration is mended by any later success', () => {
    const broken = incident({
      state: 'red',
      failing: [failing({ kind: 'pipeline', pipeline: 9, source: 'web' })],
      seen: { web: 9 },
    })
    expect(transition(broken, observation(10, { passed: 'rspec' })).kind).toBe('recovered')
  })

  it('ends the same in whatever order the pipelines of a branch are told', () => {
    const pipeline = fc.record({ failed: fc.subarray(['rspec', 'lint', 'docs']).map((list) => list.join(' ')) })
    fc.assert(
      fc.property(fc.array(pipeline, { minLength: 1, maxLength: 6 }), fc.infiniteStream(fc.nat()), (ended, chance) => {
        const all = ended.map((seen, index) => observation(index + 1, seen))
        const last = all.at(-1)
        const shuffled = all
          .map((seen) => ({ seen, at: chance.next().value ?? 0 }))
          .sort((one, other) => one.at - other.at)
        let known: Incident | null = null
        for (const { seen } of shuffled) known = after(known, { ...seen, newerGreen: newerGreenOf(seen, all) })
        expect(
          names(known?.failing ?? [])
            .split(' ')
            .sort(),
        ).toEqual(
          names(last?.failing ?? [])
            .split(' ')
            .sort(),
        )
      }),
    )
  })
})

/** What runs on a branch, and what each of it runs; some jobs are run by several. */
const kinds = {
  push: { source: 'push', jobs: ['rspec', 'lint'] },
  nightly: { source: 'schedule', jobs: ['rspec', 'e2e'] },
  hourly: { source: 'schedule', jobs: ['tidy'] },
  byHand: { source: 'web', jobs: ['deploy', 'tidy'] },
}

describe('many kinds of pipelines of one branch', () => {
  it('leave red what failed when it last ran, and nothing else', () => {
    const run = fc.record({ kind: fc.constantFrom(...Object.values(kinds)), broken: fc.subarray(allJobs) })
    fc.assert(
      fc.property(fc.array(run, { maxLength: 12 }), (runs) => {
        const last = new Map<string, boolean>()
        let known: Incident | null = null
        for (const [index, { kind, broken }] of runs.entries()) {
          const failed = kind.jobs.filter((job) => broken.includes(job))
          const passed = kind.jobs.filter((job) => !broken.includes(job))
          for (const job of kind.jobs) last.set(job, failed.includes(job))
          const about = { source: kind.source, failed: failed.join(' '), passed: passed.join(' ') }
          known = after(known, observation(index + 1, about))
        }
        const red = [...last].filter(([, failed]) => failed).map(([job]) => job)
        expect((known?.failing ?? []).map(({ name }) => name).sort()).toEqual(red.sort())
      }),
    )
  })
})

const allJobs = [...new Set(Object.values(kinds).flatMap(({ jobs }) => jobs))]

const newerGreenOf = (seen: Observation, all: readonly Observation[]): number | null =>
  all.find(({ pipeline, outcome }) => pipeline > seen.pipeline && outcome === 'green')?.pipeline ?? null

/** What is remembered after a pipeline was taken into account. */
function after(known: Incident | null, seen: Observation): Incident | null {
  const { kind, failing } = transition(known, seen)
  if (kind === 'nothing') return known
  const state = failing.length > 0 ? 'red' : 'green'
  return incident({ ...known, state, failing, seen: { ...known?.seen, [seen.source]: seen.pipeline } })
}
