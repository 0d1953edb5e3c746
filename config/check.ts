import { type Config, ConfigError, type ConfigOptions, loadConfig } from './load.ts'

export type ConfigCheck = { ok: boolean; text: string }

const reactionsOf = ({ base }: Config): string[] =>
  Object.entries({
    'fail-fast': base.failFast.enabled,
    'flaky-tests': true,
    undercoverage: base.undercoverage.enabled,
    'label-actions': base.labelActions.length > 0,
    approvals: base.approvals.enabled,
    commands: base.commands.enabled,
    slack: base.slack.routes.length > 0,
  }).flatMap(([name, isOn]) => (isOn ? [name] : []))

const summary = (config: Config, file: string): string =>
  [
    config.file === null ? `ok: there is no ${file}, so the defaults hold` : `ok: ${file}`,
    `  projects: ${config.projects.join(', ')}`,
    `  reactions: ${reactionsOf(config).join(', ')}`,
    `  overrides: ${config.overrides}`,
    ...(config.base.dryRun ? ['  dry run: nothing is changed anywhere'] : []),
  ].join('\n')

const count = (problems: readonly unknown[]): string =>
  problems.length === 1 ? '1 problem' : `${problems.length} problems`

/** Judges a configuration file for `pipewarden check config`; `text` is what to print. */
export const checkConfig = async (
  file: string,
  options: ConfigOptions & { required?: boolean } = {},
): Promise<ConfigCheck> => {
  try {
    return { ok: true, text: summary(await loadConfig(file, options), file) }
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    return { ok: false, text: `${error.message}\n${count(error.problems)}` }
  }
}
