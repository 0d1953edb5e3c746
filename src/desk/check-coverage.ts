import { resolve } from 'node:path'
import type { Readable } from 'node:stream'
import type { Command } from 'commander'
import { defaultConfig, loadConfig } from '../../config/load.ts'
import type { ProjectConfig } from '../../config/schema.ts'
import { judgeCoverage } from '../../workers/undercoverage/judge/judge.ts'
import { mayBeOneOf, unixPath } from '../../workers/undercoverage/judge/report-path.ts'
import type { NamedReport, Verdict } from '../../workers/undercoverage/judge/types.ts'
import { pathMatcher } from '../match.ts'
import type { Diff } from '../reports/diff/types.ts'
import { listFiles, readChange, readReport, sourceReader } from './check-coverage-input.ts'
import { type CheckCoverageJson, toJson } from './check-coverage-result.ts'
import { toText } from './check-coverage-text.ts'

export type CheckCoverageArguments = {
  /** A unified diff; `-` is the standard input. */
  diff?: string | undefined
  /** GitLab's diffs JSON, instead of `diff`. */
  changes?: string | undefined
  report?: string[] | undefined
  /** The repository as it is after the change; without it paths are compared with the changed files alone. */
  tree?: string | undefined
  projectPath?: string | undefined
  checkoutRoot?: string | undefined
  /** A configuration file, for thresholds and ignored files. */
  config?: string | undefined
  color?: boolean | undefined
}

/** 0 pass, 1 fail, 2 no judgement was possible: error or stale. */
type ExitCode = 0 | 1 | 2
export type CheckCoverageResult = { exitCode: ExitCode; json: CheckCoverageJson; text: string }

const exitCodes: Record<Verdict, ExitCode> = { pass: 0, fail: 1, error: 2, stale: 2 }

/**
 * Judges reports on the disk as the bot judges those of pipelines.
 *
 * @throws ConfigError, or when the tree cannot be listed
 */
export async function checkCoverage(
  given: CheckCoverageArguments,
  input: Readable = process.stdin,
): Promise<CheckCoverageResult> {
  const diff = await readChange(given, input)
  const base = given.tree ?? '.'
  const tree = given.tree === undefined ? null : await listFiles(given.tree)
  const wants = mayBeOneOf(diff.files.flatMap(({ newPath }) => newPath ?? []))
  const reports: NamedReport[] = []
  for (const file of given.report ?? []) reports.push(await readReport(file, base, wants))
  const options = await readOptions(given)
  const judgement = judgeCoverage({
    diff,
    reports,
    tree,
    checkout: {
      roots: [...(given.checkoutRoot === undefined ? [] : [given.checkoutRoot]), resolve(base)],
      projectPath: given.projectPath ?? null,
    },
    options,
    isIgnored: given.config === undefined ? builtInIgnore(options.ignore, diff, reports) : pathMatcher(options.ignore),
    sourceOf: tree === null ? () => null : sourceReader(base, tree),
    commits: [],
  })
  return {
    exitCode: exitCodes[judgement.verdict],
    json: toJson(judgement),
    text: toText(judgement, { color: given.color ?? false }),
  }
}

async function readOptions({ config, projectPath }: CheckCoverageArguments): Promise<ProjectConfig['undercoverage']> {
  const read = config === undefined ? defaultConfig() : await loadConfig(config, { required: true })
  return read.configFor(projectPath ?? '').undercoverage
}

/**
 * The built-in list of ignored files is a guess. Who asks about nothing but such files means them, so it then spares only
 * those that no report measures.
 */
function builtInIgnore(
  patterns: readonly string[],
  diff: Diff,
  reports: readonly NamedReport[],
): (path: string) => boolean {
  const ignores = pathMatcher(patterns)
  const changed = diff.files.flatMap(({ newPath, added }) => (newPath !== null && added.size > 0 ? newPath : []))
  if (!changed.every(ignores)) return ignores
  const measured = reports.flatMap(({ read }) =>
    read.outcome === 'read' ? read.report.files.map((file) => unixPath(file.path)) : [],
  )
  return (path) => ignores(path) && !measured.some((one) => one === path || one.endsWith(`/${path}`))
}

type Options = CheckCoverageArguments & { json?: boolean }

/** `pipewarden check coverage`: is every changed line run by a test? */
export function registerCheckCoverage(check: Command): void {
  check
    .command('coverage')
    .description('judge a change by the coverage of its lines: is every changed line run by a test?')
    .option('--diff <file>', 'the change as a unified diff, - for the standard input')
    .option('--changes <file>', "the change as GitLab's diffs JSON, instead of --diff")
    .option('--report <file...>', 'coverage reports of any format; they are united')
    .option('--tree <dir>', 'the repository after the change: its paths and sources')
    .option('--project-path <path>', "the project's full path, which build directories end with")
    .option('--checkout-root <dir>', 'where the repository was when the reports were made')
    .option('--config <file>', 'a configuration file, for the keys of undercoverage')
    .option('--json', 'print the result for scripts')
    .option('--color', 'colour the text')
    .action(async (options: Options, command: Command) => {
      if ((options.diff === undefined) === (options.changes === undefined)) {
        command.error('error: give either --diff FILE or --changes FILE', { exitCode: 2 })
      }
      const { exitCode, json, text } = await checkCoverage(options)
      process.stdout.write(options.json ? `${JSON.stringify(json)}\n` : text)
      process.exitCode = exitCode
    })
}
