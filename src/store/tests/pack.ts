import type { Origin, TestEvent, TestName, TestRecord } from './types.ts'

/** Packed as plain lists: names of fields would cost more than the values. */
type PackedEvent = [pipeline: number, verdict: 0 | 1, at: number, origin: number, job: number]
type PackedRecord = [
  flaky: 0 | 1,
  firstSeen: number,
  passes: number,
  passedIn: number,
  defaultPass: number,
  failingCommit: string,
  spells: number[],
  message: string,
  events: PackedEvent[],
]

const packOrigin = (origin: Origin): number => (origin === 'default' ? 0 : origin === 'other' ? -1 : origin)
const unpackOrigin = (packed: number): Origin => (packed === 0 ? 'default' : packed < 0 ? 'other' : packed)

const packEvent = ({ pipeline, verdict, at, origin, job }: TestEvent): PackedEvent => [
  pipeline,
  verdict === 'flaky' ? 1 : 0,
  at,
  packOrigin(origin),
  job,
]

const unpackEvent = ([pipeline, verdict, at, origin, job]: PackedEvent): TestEvent => ({
  pipeline,
  verdict: verdict === 1 ? 'flaky' : 'failed',
  at,
  origin: unpackOrigin(origin),
  job,
})

export const packRecord = (record: TestRecord): string =>
  JSON.stringify([
    record.flaky ? 1 : 0,
    record.firstSeen,
    record.passes,
    record.passedIn,
    record.defaultPass,
    record.failingCommit,
    record.spells,
    record.message,
    record.events.map(packEvent),
  ] satisfies PackedRecord)

export const unpackRecord = (text: string): TestRecord => {
  const [flaky, firstSeen, passes, passedIn, defaultPass, failingCommit, spells, message, events] = JSON.parse(
    text,
  ) as PackedRecord
  return {
    flaky: flaky === 1,
    firstSeen,
    passes,
    passedIn,
    defaultPass,
    failingCommit,
    spells,
    message,
    events: events.map(unpackEvent),
  }
}

/** A test's name with the file that it was last seen in. */
export type NamedTest = TestName & { file: string | null }

export const packName = ({ job, suite, classname, name, variant, file }: NamedTest): string =>
  JSON.stringify([job, suite, classname, name, variant, file])

export const unpackName = (text: string): NamedTest => {
  const [job, suite, classname, name, variant, file] = JSON.parse(text) as [
    string,
    string,
    string,
    string,
    string,
    string | null,
  ]
  return { job, suite, classname, name, variant, file }
}
