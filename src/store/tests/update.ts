import type { NamedTest } from './pack.ts'
import type { Hysteresis, Origin } from './types.ts'

/** What one look at a pipeline adds to the memory of its project. Told twice, it counts once. */
export type TestUpdate = {
  project: number
  pipeline: number
  commit: string
  /** Seconds since the epoch. */
  at: number
  origin: Origin
  hysteresis: Hysteresis
  /** Jobs, without their shards, whose results of this pipeline are complete: each ran once. */
  ran: string[]
  verdicts: { id: string; test: NamedTest; verdict: 'failed' | 'flaky'; job: number; message: string }[]
  /** Watched tests that passed: their ids, and whether a commit explains that a failure is over. */
  passed: { id: string; explained: boolean | null }[]
  /** Attempts that were retries, by the signature of the failure before them. */
  retries: { signature: string; job: number; passed: boolean }[]
}

export const isEmptyUpdate = ({ ran, verdicts, passed, retries }: TestUpdate): boolean =>
  ran.length + verdicts.length + passed.length + retries.length === 0
