/** What holds for which project. */

import { isObject } from '../src/json.ts'
import { pathMatcher } from '../src/match.ts'
import { type ProjectConfig, projectSchema } from './schema.ts'
import { withChannel } from './sections/slack.ts'

type RawMap = Readonly<Record<string, unknown>>

/** One entry of `overrides`, as it is written. */
export type Override = { projects: readonly string[]; sections: RawMap }

/** Maps are merged, everything else is replaced. */
const merge = (below: unknown, above: unknown): unknown => {
  if (!isObject(below) || !isObject(above)) return above
  const merged = Object.entries(above).map(([key, value]) => [
    key,
    Object.hasOwn(below, key) ? merge(below[key], value) : value,
  ])
  return { ...below, ...Object.fromEntries(merged) }
}

/** A map that forgets what was used longest ago. */
const createCache = <Value>(limit: number) => {
  const entries = new Map<string, Value>()
  return (key: string, make: () => Value): Value => {
    const value = entries.get(key) ?? make()
    entries.delete(key)
    entries.set(key, value)
    const oldest = entries.keys().next()
    if (entries.size > limit && !oldest.done) entries.delete(oldest.value)
    return value
  }
}

const PROJECTS_REMEMBERED = 20_000
const CONFIGS_REMEMBERED = 2_000

const parseProject = (raw: unknown, channel: string | null): ProjectConfig => {
  const { slack, ...rest } = projectSchema.parse(raw)
  return { ...rest, slack: withChannel(slack, channel) }
}

/**
 * Looks up what holds for a project. Overrides are judged once for each project, and projects that the same
 * ones apply to share one configuration, so that a thousand overrides cost an event nothing.
 */
export const createProjectConfigs = (base: RawMap, overrides: readonly Override[], channel: string | null) => {
  const matchers = overrides.map(({ projects }) => pathMatcher(projects))
  const bySet = createCache<ProjectConfig>(CONFIGS_REMEMBERED)
  const byProject = createCache<ProjectConfig>(PROJECTS_REMEMBERED)
  const find = (projectPath: string): ProjectConfig => {
    const applying = overrides.filter((_, index) => matchers[index]?.(projectPath))
    const key = applying.map((override) => overrides.indexOf(override)).join()
    return bySet(key, () =>
      parseProject(
        applying.reduce<unknown>((raw, { sections }) => merge(raw, sections), base),
        channel,
      ),
    )
  }
  return (projectPath: string): ProjectConfig => byProject(projectPath, () => find(projectPath))
}
