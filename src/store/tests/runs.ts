/** How often a job ran, by day: what "4 of 212 runs" is counted against, without a record for tests that pass. */

const secondsPerDay = 86_400
/** Pipelines whose run was counted last: tasks are repeated, and two hooks tell of one pipeline. */
const pipelinesKept = 60

/** `days`: runs by day since the epoch. `pipelines`: those that were counted last, oldest first. */
export type JobRuns = { days: [day: number, runs: number][]; pipelines: number[] }

export const noRuns: JobRuns = { days: [], pipelines: [] }

/** One run for each pipeline, however many shards and attempts. @param at seconds; @param window milliseconds */
export function withRun(runs: JobRuns, pipeline: number, at: number, window: number): JobRuns {
  if (runs.pipelines.includes(pipeline)) return runs
  const today = Math.floor(at / secondsPerDay)
  const oldest = today - Math.ceil(window / 1000 / secondsPerDay)
  const kept = runs.days.filter(([day]) => day !== today && day >= oldest)
  const before = runs.days.find(([day]) => day === today)?.[1] ?? 0
  return {
    days: [...kept, [today, before + 1]],
    pipelines: [...runs.pipelines, pipeline].slice(-pipelinesKept),
  }
}

/** Runs in the window before `now`. @param now seconds; @param window milliseconds */
export const runsIn = ({ days }: JobRuns, now: number, window: number): number =>
  days.filter(([day]) => (day + 1) * secondsPerDay > now - window / 1000).reduce((sum, [, runs]) => sum + runs, 0)

export const packRuns = ({ days, pipelines }: JobRuns): string => JSON.stringify([days, pipelines])

export const unpackRuns = (text: string | null | undefined): JobRuns => {
  if (!text) return noRuns
  const [days, pipelines] = JSON.parse(text) as [JobRuns['days'], number[]]
  return { days, pipelines }
}
