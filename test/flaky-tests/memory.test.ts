import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { packName, packRecord, unpackName, unpackRecord } from '../../src/store/tests/pack.ts'
import { isForgettable, isWatched, newRecord, stateOf, withPass, withVerdict } from '../../src/store/tests/record.ts'
import { isHelpless, noHelp, packHelp, unpackHelp, withRetry } from '../../src/store/tests/retry-help.ts'
import { noRuns, packRuns, runsIn, unpackRuns, withRun } from '../../src/store/tests/runs.ts'
import type { Hysteresis, Origin, TestRecord } from '../../src/store/tests/types.ts'

const day = 86_400
const hysteresis: Hysteresis = { window: 14 * day * 1000, passes: 3, quiet: 14 * day * 1000 }
const start = 1_000 * day

/** `F` failed, `K` flaky, `P` passed, one a pipeline; in capitals on the default branch, else on merge request 7. */
function having(history: string, { gap = 60, explained = false as boolean | null } = {}): TestRecord {
  return [...history].reduce((record, letter, index) => {
    const origin: Origin = letter === letter.toUpperCase() ? 'default' : 7
    const [pipeline, at] = [100 + index, start + index * gap]
    if (letter.toUpperCase() === 'P') return withPass(record, { pipeline, at, origin, explained }, hysteresis)
    const verdict = letter.toUpperCase() === 'K' ? 'flaky' : 'failed'
    return withVerdict(
      record,
      { pipeline, verdict, at, origin, job: 5, message: letter, commit: `c${index}` },
      hysteresis,
    )
  }, newRecord(start))
}

describe('a test is', () => {
  it.each([
    ['healthy after a failure on a merge request', 'f', 'healthy'],
    ['healthy after two failures on the default branch', 'FF', 'healthy'],
    ['broken after three in a row there', 'FFF', 'broken'],
    ['broken whatever happens on merge requests', 'FFFpk', 'broken'],
    ['broken even if it was flaky before', 'KFFF', 'broken'],
    ['not broken when it passes in between', 'FFPF', 'healthy'],
    ['not broken when it was flaky in between', 'FFKF', 'flaky'],
    ['not broken any more once it passes there', 'FFFP', 'healthy'],
    ['flaky after it was flaky once', 'k', 'flaky'],
    ['flaky until it has passed often enough in a row', 'kpp', 'flaky'],
    ['healthy after that', 'kppp', 'healthy'],
    ['flaky when a failure comes between', 'kppfpp', 'flaky'],
    ['healthy when a mere failure comes after it has recovered', 'kpppf', 'healthy'],
    ['flaky again when it is flaky again', 'kpppk', 'flaky'],
    ['suspected when two failures on the default branch end by themselves', 'FPFP', 'suspected'],
    ['healthy after one', 'FFP', 'healthy'],
  ])('%s', (_, history, state) => {
    expect(stateOf(having(history), start + 3_600, hysteresis)).toBe(state)
  })

  it('healthy when a commit explains each end of a failure, or nobody can tell', () => {
    expect(stateOf(having('FPFP', { explained: true }), start + 3_600, hysteresis)).toBe('healthy')
    expect(stateOf(having('FPFP', { explained: null }), start + 3_600, hysteresis)).toBe('healthy')
  })

  it('healthy after two weeks without an event, and then forgotten', () => {
    const record = having('k')
    expect(stateOf(record, start + 14 * day - 1, hysteresis)).toBe('flaky')
    expect(stateOf(record, start + 14 * day, hysteresis)).toBe('healthy')
    expect(isForgettable(record, start + 14 * day, hysteresis)).toBe(false)
    expect(isForgettable(record, start + 14 * day + 1, hysteresis)).toBe(true)
  })

  it('not flaky again for a mere failure after a time that was quiet enough', () => {
    const quiet = { ...hysteresis, quiet: 2 * day * 1000 }
    const failure = { pipeline: 200, verdict: 'failed' as const, origin: 8, job: 5, message: 'boom', commit: 'c' }
    const at = (days: number) => withVerdict(having('k'), { ...failure, at: start + days * day }, quiet)
    expect([1, 2].map((days) => stateOf(at(days), start + days * day, quiet))).toEqual(['flaky', 'healthy'])
  })

  it('not broken any more once it passes on the default branch, also while newer merge requests go on failing', () => {
    const failing = withVerdict(
      having('FFF'),
      { pipeline: 120, verdict: 'failed', at: start, origin: 7, job: 5, message: '', commit: 'd' },
      hysteresis,
    )
    expect(stateOf(failing, start, hysteresis)).toBe('broken')
    const passed = withPass(failing, { pipeline: 110, at: start, origin: 'default', explained: false }, hysteresis)
    expect(stateOf(passed, start, hysteresis)).toBe('healthy')
    expect(passed).toMatchObject({ failingCommit: '', spells: [start], passes: 0 })
    expect(withPass(passed, { pipeline: 110, at: start, origin: 'default', explained: false }, hysteresis)).toBe(passed)
  })

  it('broken however many merge requests fail by it afterwards', () => {
    const record = having(`KFFF${'f'.repeat(80)}`)
    expect(stateOf(record, start + 3_600, hysteresis)).toBe('broken')
    expect(record.events).toHaveLength(53)
  })

  it('watched as long as a pass is news', () => {
    expect(['f', 'F', 'FP', 'k', 'kppp', 'fff'].map((history) => isWatched(having(history)))).toEqual([
      false,
      true,
      true,
      true,
      false,
      false,
    ])
  })
})

describe('a verdict', () => {
  const verdict = { pipeline: 100, at: start, origin: 7 as const, job: 5, message: 'boom', commit: 'c' }

  it('told twice counts once', () => {
    const once = withVerdict(newRecord(start), { ...verdict, verdict: 'failed' }, hysteresis)
    expect(withVerdict(once, { ...verdict, verdict: 'failed' }, hysteresis)).toBe(once)
    const passed = withPass(once, { pipeline: 101, at: start, origin: 7, explained: null }, hysteresis)
    expect(withPass(passed, { pipeline: 101, at: start, origin: 7, explained: null }, hysteresis)).toBe(passed)
  })

  it('that turns flaky by a retry replaces the failure, and not the other way round', () => {
    const failed = withVerdict(newRecord(start), { ...verdict, verdict: 'failed' }, hysteresis)
    const flaky = withVerdict(failed, { ...verdict, verdict: 'flaky' }, hysteresis)
    expect(flaky.events).toMatchObject([{ verdict: 'flaky' }])
    expect(withVerdict(flaky, { ...verdict, verdict: 'failed' }, hysteresis)).toBe(flaky)
  })

  it('comes to the same in any order of pipelines', () => {
    const events = fc.uniqueArray(
      fc.record({
        pipeline: fc.integer({ min: 1, max: 40 }),
        flaky: fc.boolean(),
        origin: fc.constantFrom('default', 'other', 7),
      }),
      { selector: ({ pipeline }) => pipeline, maxLength: 20 },
    )
    const all = (list: readonly { pipeline: number; flaky: boolean; origin: string | number }[]) =>
      list.reduce(
        (record, { pipeline, flaky, origin }) =>
          withVerdict(
            record,
            { ...verdict, pipeline, verdict: flaky ? 'flaky' : 'failed', origin: origin as Origin },
            hysteresis,
          ),
        newRecord(start),
      )
    fc.assert(
      fc.property(events, (list) => {
        const [one, other] = [all(list), all([...list].reverse())]
        expect(other.events).toEqual(one.events)
        expect(stateOf(other, start, hysteresis)).toBe(stateOf(one, start, hysteresis))
      }),
    )
  })

  it('is one of fifty that are kept', () => {
    const record = Array.from({ length: 70 }, (_, index) => index).reduce(
      (known, pipeline) => withVerdict(known, { ...verdict, pipeline, verdict: 'failed' }, hysteresis),
      newRecord(start),
    )
    expect(record.events).toHaveLength(50)
    expect(record.events.at(-1)?.pipeline).toBe(69)
  })
})

describe('what is kept', () => {
  it('is unpacked as it was packed', () => {
    const record = having('FkKPFpfP')
    expect(unpackRecord(packRecord(record))).toEqual(record)
    const name = { job: 'rspec', suite: 's', classname: 'c', name: 'a "b"\u2028', variant: '', file: null }
    expect(unpackName(packName(name))).toEqual(name)
    const runs = withRun(noRuns, 1, start, hysteresis.window)
    expect(unpackRuns(packRuns(runs))).toEqual(runs)
    expect(unpackRuns(null)).toEqual(noRuns)
    const help = withRetry(noHelp, { job: 1, passed: true, at: start })
    expect(unpackHelp(packHelp(help))).toEqual(help)
  })

  it('counts a run for each pipeline of the window, however often it is told', () => {
    const runs = [1, 1, 2, 3].reduce((known, pipeline) => withRun(known, pipeline, start, hysteresis.window), noRuns)
    const later = withRun(runs, 4, start + 13 * day, hysteresis.window)
    expect(runsIn(later, start + 13 * day, hysteresis.window)).toBe(4)
    expect(runsIn(later, start + 16 * day, hysteresis.window)).toBe(1)
  })
})

describe('retries of one kind of failure', () => {
  const tried = (outcomes: string) =>
    [...outcomes].reduce(
      (help, letter, index) => withRetry(help, { job: index, passed: letter === 'p', at: start }),
      noHelp,
    )

  it.each([
    ['may help at first', '', false],
    ['may help after four that did not', 'ffff', false],
    ['are given up after five', 'fffff', true],
    ['go on when one of them helped', 'ffpff', false],
    ['go on when one in twenty helped', `p${'f'.repeat(19)}`, false],
    ['are given up when what helped once is long ago', `p${'f'.repeat(20)}`, true],
  ])('%s', (_, outcomes, helpless) => {
    expect(isHelpless(tried(outcomes), start, hysteresis.window)).toBe(helpless)
  })

  it('are tried anew after a window in which none was', () => {
    expect(isHelpless(tried('fffff'), start + 14 * day, hysteresis.window)).toBe(false)
  })

  it('count once each, however often they are told', () => {
    const help = withRetry(noHelp, { job: 1, passed: false, at: start })
    expect(withRetry(help, { job: 1, passed: false, at: start })).toBe(help)
  })
})
