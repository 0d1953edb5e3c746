import type { Command } from 'commander'
import { checkConfig } from '../../config/check.ts'
import { configFileOf, processVariables } from '../../config/env.ts'

/** `pipewarden check config [FILE]`: exit 0 if the file is right, 1 if it is not. */
export function registerCheckConfig(check: Command): void {
  check
    .command('config')
    .description('check a configuration file: every mistake with its line, key and what would be right')
    .argument('[file]', 'the file; otherwise PIPEWARDEN_CONFIG, or config/pipewarden.yaml')
    .action(async (named: string | undefined) => {
      const { file, required } =
        named === undefined ? configFileOf(processVariables()) : { file: named, required: true }
      const { ok, text } = await checkConfig(file, { required })
      process.stdout.write(`${text}\n`)
      process.exitCode = ok ? 0 : 1
    })
}
