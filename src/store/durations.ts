import type { GitLabReader } from '../gitlab/faces.ts'
import type { DurationReader } from '../readers.ts'
import { key } from '../redis/keys.ts'

/** Durations drift slowly, and the figure is an estimate: one call for each project and hour is enough. */
const keptSeconds = 3_600

/** Where medians are kept: Redis, or a map where nothing is to be left behind. */
export type TextCache = {
  get(name: string): Promise<string | null>
  set(name: string, text: string, unit: 'EX', seconds: number): Promise<unknown>
}

/** How long jobs usually take, from the newest successes of the project. */
export const createDurations = (cache: TextCache, gitlab: GitLabReader): DurationReader => ({
  async typical(project) {
    const name = key(`p${project}`, 'durations')
    const known = await cache.get(name)
    if (known) return new Map(JSON.parse(known) as [string, number][])
    const medians = [...mediansByName(await gitlab.recentSuccessfulJobs(project))]
    await cache.set(name, JSON.stringify(medians), 'EX', keptSeconds)
    return new Map(medians)
  },
})

function mediansByName(jobs: readonly { name: string; duration: number | null }[]): Map<string, number> {
  const seconds = new Map<string, number[]>()
  for (const { name, duration } of jobs) {
    if (duration !== null) seconds.set(name, [...(seconds.get(name) ?? []), duration])
  }
  return new Map([...seconds].map(([name, all]) => [name, median(all)]))
}

const median = (values: number[]): number => values.toSorted((left, right) => left - right)[values.length >> 1] ?? 0
