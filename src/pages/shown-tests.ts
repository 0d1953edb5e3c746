import type { TestName } from '../store/tests/types.ts'

/** A flaky test as CI jobs see it. Times are seconds since the epoch. */
export type Shown = TestName & {
  id: string
  file: string | null
  failures: number
  firstSeen: number
  lastSeen: number
  passesSince: number
  message: string
}

const time = (seconds: number): string => new Date(seconds * 1000).toISOString()

export const flakyTestsJson = (project: string, tests: readonly Shown[]) => ({
  project,
  tests: tests.map(
    ({ id, job, suite, classname, name, file, failures, firstSeen, lastSeen, passesSince, message }) => ({
      id,
      job,
      suite,
      classname,
      name,
      file,
      failures,
      first_seen: time(firstSeen),
      last_seen: time(lastSeen),
      passes_since: passesSince,
      message,
    }),
  ),
})

/** One name a line, each once; a name is one line as it is remembered. */
export const flakyTestsText = (tests: readonly Shown[]): string => {
  const names = [...new Set(tests.map(({ name }) => name.replace(/\s+/g, ' ').trim()))].filter(Boolean)
  return names.map((name) => `${name}\n`).join('')
}
