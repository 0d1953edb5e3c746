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
export function withVerdict(
  record: TestRecord,
  { message, commit, ...event }: Verdict,
  hysteresis: Hysteresis,
): TestRecord {
  const known = record.events.find(({ pipeline }) => pipeline === event.pipeline)
  if (known && (known.verdict === 'flaky' || event.verdict === 'failed')) return record
  const others = record.events.filter(({ pipeline }) => pipeline !== event.pipeline)
  const isNewest = event.pipeline > record.passedIn
  const onDefault = event.origin === 'default'
  return {
    ...record,
    // A mere failure does not make a test flaky that has been quiet for long enough.
    flaky: event.verdict === 'flaky' || (record.flaky && !isQuiet(record, event.at, hysteresis)),
    passes: isNewest ? 0 : record.passes,
    defaultPass:
      onDefault && event.verdict === 'flaky' ? Math.max(record.defaultPass, event.pipeline) : record.defaultPass,
    failingCommit: failingCommit(record, event, commit),
    message: message || record.message,
    events: kept([...others, event]),
  }
}

/** The newest, and those failures of the default branch that make a test broken: merge requests may tell far more. */
function kept(events: readonly TestEvent[]): TestEvent[] {
  const sorted = events.toSorted((one, other) => one.pipeline - other.pipeline)
  if (sorted.length <= eventsKept) return sorted
  const breaking = new Set(sorted.filter(isDefaultFailure).slice(-brokenAfter))
  return sorted.filter((event, index) => index >= sorted.length - eventsKept || breaking.has(event))
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
  const ended = pass.origin === 'default' ? withDefaultPass(record, pass) : record
  const newestEvent = record.events.at(-1)?.pipeline ?? 0
  if (pass.pipeline <= record.passedIn || pass.pipeline <= newestEvent) return ended
  const passes = record.passes + 1
  return { ...ended, flaky: record.flaky && passes < enough, passes, passedIn: pass.pipeline }
}

/** For the default branch only what happened there counts: merge requests have newer pipelines at any time. */
function withDefaultPass(record: TestRecord, { pipeline, at, explained }: Pass): TestRecord {
  if (pipeline <= record.defaultPass) return record
  const newestFailure = record.events.findLast(isDefaultFailure)?.pipeline ?? 0
  if (pipeline <= newestFailure) return { ...record, defaultPass: pipeline }
  const endsSpell = record.failingCommit !== '' && explained === false
  return {
    ...record,
    defaultPass: pipeline,
    failingCommit: '',
    spells: endsSpell ? [...record.spells, at].slice(-spellsKept) : record.spells,
  }
}

/** @param now in seconds */
export function stateOf(record: TestRecord, now: number, hysteresis: Hysteresis): TestState {
  if (failuresInARow(record) >= brokenAfter) return 'broken'
  if (record.flaky && !isQuiet(record, now, hysteresis)) return 'flaky'
  const spells = record.spells.filter((at) => now - at < hysteresis.window / 1000)
  return spells.length >= suspectedAfter ? 'suspected' : 'healthy'
}

/** Failed verdicts on the default branch since it last passed there. */
const failuresInARow = ({ events, defaultPass }: TestRecord): number =>
  events.filter((event) => isDefaultFailure(event) && event.pipeline > defaultPass).length

const isDefaultFailure = ({ origin, verdict }: TestEvent): boolean => origin === 'default' && verdict === 'failed'

/** @param now in seconds */
const isQuiet = (record: TestRecord, now: number, { quiet }: Hysteresis): boolean =>
  now - lastEventAt(record) >= quiet / 1000

export const lastEventAt = ({ events, firstSeen }: TestRecord): number =>
  events.reduce((latest, { at }) => Math.max(latest, at), firstSeen)

/** Whether passes of the test still change anything. */
export const isWatched = ({ flaky, failingCommit, spells }: TestRecord): boolean =>
  flaky || failingCommit !== '' || spells.length > 0

/** Whether nothing of it counts any more, so that it may be forgotten. */
export const isForgettable = (record: TestRecord, now: number, hysteresis: Hysteresis): boolean =>
  now - lastEventAt(record) > hysteresis.window / 1000 && stateOf(record, now, hysteresis) === 'healthy'
