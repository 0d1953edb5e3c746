import { execFile } from 'node:child_process'
import { promisify } from 'node:util'

const execute = promisify(execFile)

/** Runs a program without a shell and gives its standard output; throws with its last words when it fails. */
export const run = async (command: string, parameters: readonly string[], folder?: string): Promise<string> => {
  try {
    const { stdout } = await execute(command, [...parameters], {
      cwd: folder,
      maxBuffer: 16 * 1024 * 1024,
    })
    return stdout
  } catch (cause) {
    throw new Error(`${command} ${parameters.join(' ')} failed: ${lastWords(cause)}`, { cause })
  }
}

/** Whether a program exists and accepts these parameters. */
export const works = async (command: string, parameters: readonly string[]): Promise<boolean> =>
  execute(command, [...parameters]).then(
    () => true,
    () => false,
  )

const lastWords = (cause: unknown): string => {
  if (!(cause instanceof Error)) return String(cause)
  const spoken = 'stderr' in cause && typeof cause.stderr === 'string' ? cause.stderr.trim() : ''
  return spoken.split('\n').slice(-3).join('; ') || cause.message
}
