import { execFile } from 'node:child_process'
import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'

const root = join(import.meta.dirname, '..', '..')
const cli = join(root, 'dist', 'src', 'cli.js')

/** The built command line, as it is installed; built now if it is missing or older than its sources. */
export async function builtCli(): Promise<string> {
  const built = await changedAt(cli)
  const sources = await Promise.all(['src', 'workers', 'config'].map(newestBelow))
  if (built < Math.max(...sources)) await build()
  return cli
}

const changedAt = (path: string): Promise<number> =>
  stat(path).then(
    ({ mtimeMs }) => mtimeMs,
    () => 0,
  )

async function newestBelow(folder: string): Promise<number> {
  const files = await readdir(join(root, folder), { recursive: true })
  const times = files.filter((file) => file.endsWith('.ts')).map((file) => changedAt(join(root, folder, file)))
  return Math.max(0, ...(await Promise.all(times)))
}

async function build(): Promise<void> {
  const compiler = join(root, 'node_modules', 'typescript', 'bin', 'tsc')
  await promisify(execFile)(process.execPath, [compiler, '-p', join(root, '.build.tsconfig.json')], { cwd: root })
}
