import { eventsKept, type Hysteresis, type Origin, type TestEvent, type TestRecord, type TestState } from './types.ts'

const spellsKept = 5
/** So many failed verdicts in a row on the default branch make a test broken. */
const brokenAfter = 3
/** So many failures that no commit explains make a test suspected of flakiness. */
const suspectedAfter = 2

export const newRecord = (at: number): TestRecord => ({
  flaky: false,
  firstSeen: at,
  passes: 0,
  passedIn: 0,
  defaultPass: 0,
  failingCommit: '',
  spells: [],
  message: '',
  events: [],
})

export type Verdict = TestEvent & { message: string; commit: string }

/** The record after a failed or flaky verdict; the same pipeline told twice counts once, and flaky outranks failed. */
export function withVerdict(record: TestRecord, { message, commit, ...event }: Verdict): TestRecord {
  const known = record.events.find(({ pipeline }) => pipeline === event.pipeline)
  if (known && (known.verdict === 'flaky' || event.verdict === 'failed')) return record
  const others = record.events.filter(({ pipeline }) => pipeline !== event.pipeline)
  const isNewest = event.pipeline > record.passedIn
  const onDefault = event.origin === 'default'
  return {
    ...record,
    flaky: record.flaky || event.verdict === 'flaky',
    passes: isNewest ? 0 : record.passes,
    defaultPass:
      onDefault && event.verdict === 'flaky' ? Math.max(record.defaultPass, event.pipeline) : record.defaultPass,
    failingCommit: failingCommit(record, event, commit),
    message: message || record.message,
    events: [...others, event].sort((one, other) => one.pipeline - other.pipeline).slice(-eventsKept),
  }
}

function failingCommit(record: TestRecord, { origin, verdict, pipeline }: TestEvent, commit: string): string {
  if (origin !== 'default' || pipeline < record.defaultPass) return record.failingCommit
  return verdict === 'failed' ? commit : ''
}

export type Pass = {
  pipeline: number
  at: number
  origin: Origin
  /** Whether a commit since the last failure on the default branch changed the test's file; null: not known. */
  explained: boolean | null
}

/** The record after a clean pass; a pipeline that is older than what is known already counts for nothing. */
export function withPass(record: TestRecord, pass: Pass, { passes: enough }: Hysteresis): TestRecord {
  const newestEvent = record.events.at(-1)?.pipeline ?? 0
  if (pass.pipeline <= record.passedIn || pass.pipeline <= newestEvent) return record
  const passes = record.passes + 1
  const onDefault = pass.origin === 'default'
  const endsSpell = onDefault && record.failingCommit !== '' && pass.explained === false
  return {
    ...record,
    flaky: record.flaky && passes < enough,
    passes,
    passedIn: pass.pipeline,
    defaultPass: onDefault ? pass.pipeline : record.defaultPass,
    failingCommit: onDefault ? '' : record.failingCommit,
    spells: endsSpell ? [...record.spells, pass.at].slice(-spellsKept) : record.spells,
  }
}

/** @param now in seconds */
export function stateOf(record: TestRecord, now: number, { window, quiet }: Hysteresis): TestState {
  if (failuresInARow(record) >= brokenAfter) return 'broken'
  if (record.flaky && now - lastEventAt(record) < quiet / 1000) return 'flaky'
  const spells = record.spells.filter((at) => now - at < window / 1000)
  return spells.length >= suspectedAfter ? 'suspected' : 'healthy'
}

/** Failed verdicts on the default branch since it last passed there. */
const failuresInARow = ({ events, defaultPass }: TestRecord): number =>
  events.filter(
    ({ origin, verdict, pipeline }) => origin === 'default' && verdict === 'failed' && pipeline > defaultPass,
  ).length

export const lastEventAt = ({ events, firstSeen }: TestRecord): number =>
  events.reduce((latest, { at }) => Math.max(latest, at), firstSeen)

/** Whether passes of the test still change anything. */
export const isWatched = ({ flaky, failingCommit, spells }: TestRecord): boolean =>
  flaky || failingCommit !== '' || spells.length > 0

/** Whether nothing of it counts any more, so that it may be forgotten. */
export const isForgettable = (record: TestRecord, now: number, hysteresis: Hysteresis): boolean =>
  now - lastEventAt(record) > hysteresis.window / 1000 && stateOf(record, now, hysteresis) === 'healthy'
