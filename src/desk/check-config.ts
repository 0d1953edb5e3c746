import type { Command } from 'commander'
import { checkConfig } from '../../config/check.ts'

/** `pipewarden check config [FILE]`: exit 0 if the file is right, 1 if it is not. */
export function registerCheckConfig(check: Command): void {
  check
    .command('config')
    .description('check a configuration file: every mistake with its line, key and what would be right')
    .argument('[file]', 'the file', 'config/pipewarden.yaml')
    .action(async (file: string, _, command: Command) => {
      const { ok, text } = await checkConfig(file, { required: command.args.length > 0 })
      process.stdout.write(`${text}\n`)
      process.exitCode = ok ? 0 : 1
    })
}
