import { readFile } from 'node:fs/promises'
import type { z } from 'zod'
import { isObject } from '../src/json.ts'
import { pathMatcher } from '../src/match.ts'
import { describeIssues } from './issues.ts'
import { createProjectConfigs, type Override } from './overrides.ts'
import { ConfigError } from './problem.ts'
import { checkReferences } from './references.ts'
import { fileSchema, type ProjectConfig } from './schema.ts'
import { DEFAULT_CONDITIONS, DEFAULT_PATTERNS } from './sections/conditions.ts'
import { channelsIn, channelsOf } from './sections/slack.ts'
import { readYaml, type YamlFile } from './yaml.ts'

export { ConfigError } from './problem.ts'

export type Config = {
  /** Where it was read from; null when there is no file and the defaults hold. */
  file: string | null
  /** Globs of the projects that the bot serves. */
  projects: readonly string[]
  /** How many overrides there are. */
  overrides: number
  /** What holds where no override applies. */
  base: ProjectConfig
  /** Every channel that some route leads to, for whichever project; `$AUTHOR` is one of them. */
  slackChannels: string[]
  /** What holds for the project with this path (`group/project`). */
  configFor(projectPath: string): ProjectConfig
  /** Whether the bot serves the project with this path. */
  serves(projectPath: string): boolean
}

export type ConfigOptions = {
  /** Stands for `$SLACK_CHANNEL`; null: routes to it are silent. */
  slackChannel?: string | null
}

type RawMap = Record<string, unknown>

const MAY_BE_EMPTY = new Set([
  'conditions',
  'patterns',
  'fail_fast',
  'retry',
  'flaky_tests',
  'undercoverage',
  'approvals',
  'commands',
  'slack',
  'overrides',
])

/** A section whose every line is commented out is empty, which YAML reads as null: it has its defaults. */
const withoutEmptySections = (value: unknown): unknown => {
  if (!isObject(value)) return value ?? {}
  const entries = Object.entries(value).filter(([key, entry]) => entry !== null || !MAY_BE_EMPTY.has(key))
  const { overrides, ...rest } = Object.fromEntries(entries)
  if (overrides === undefined) return rest
  return { ...rest, overrides: Array.isArray(overrides) ? overrides.map(withoutEmptySections) : overrides }
}

const toOverride = (raw: RawMap, projects: readonly string[]): Override => {
  const { projects: _, ...sections } = raw
  return { projects, sections }
}

type Checked = { raw: RawMap; parsed: Pick<z.output<typeof fileSchema>, 'projects' | 'overrides'> }

const createConfig = ({ raw, parsed }: Checked, file: string | null, options: ConfigOptions): Config => {
  const { projects: _, overrides, ...sections } = raw
  const written = Array.isArray(overrides) ? overrides.filter(isObject) : []
  const base = {
    ...sections,
    conditions: { ...DEFAULT_CONDITIONS, ...(isObject(sections.conditions) ? sections.conditions : {}) },
    patterns: { ...DEFAULT_PATTERNS, ...(isObject(sections.patterns) ? sections.patterns : {}) },
  }
  const channel = options.slackChannel ?? null
  const all = written.map((override, index) => toOverride(override, parsed.overrides[index]?.projects ?? []))
  const root = createProjectConfigs(base, [], channel)('')
  return {
    file,
    projects: parsed.projects,
    overrides: all.length,
    base: root,
    slackChannels: [
      ...new Set([...channelsOf(root.slack), ...all.flatMap(({ sections: { slack } }) => channelsIn(slack, channel))]),
    ],
    configFor: createProjectConfigs(base, all, channel),
    serves: pathMatcher(parsed.projects),
  }
}

const check = (yaml: YamlFile, file: string): Checked => {
  const raw = withoutEmptySections(yaml.value)
  const { data, error } = fileSchema.safeParse(raw)
  const problems = [...describeIssues(error?.issues ?? [], raw, yaml), ...checkReferences(raw, yaml)]
  if (problems.length > 0 || data === undefined || !isObject(raw)) throw new ConfigError(file, problems)
  return { raw, parsed: data }
}

/**
 * @param file Only named in messages.
 * @throws ConfigError with everything that is wrong with the text.
 */
export const parseConfig = (text: string, file: string, options: ConfigOptions = {}): Config =>
  createConfig(check(readYaml(text, file), file), file, options)

/** What holds when there is no file. */
export const defaultConfig = (options: ConfigOptions = {}): Config =>
  createConfig({ raw: {}, parsed: fileSchema.parse({}) }, null, options)

const codeOf = (error: unknown): string =>
  error instanceof Error && 'code' in error ? String(error.code) : String(error)

/**
 * @param options.required Whether a missing file is a mistake: it is when somebody named it, and is not when it is
 *   only looked for at the usual place.
 * @throws ConfigError
 */
export const loadConfig = async (
  path: string,
  options: ConfigOptions & { required?: boolean } = {},
): Promise<Config> => {
  try {
    return parseConfig(await readFile(path, 'utf8'), path, options)
  } catch (error) {
    if (error instanceof ConfigError) throw error
    const missing = codeOf(error) === 'ENOENT'
    if (missing && options.required !== true) return defaultConfig(options)
    const text = missing
      ? 'no such file (it was named by PIPEWARDEN_CONFIG or on the command line)'
      : `cannot be read: ${codeOf(error)}`
    throw new ConfigError(path, [{ place: null, text }])
  }
}
