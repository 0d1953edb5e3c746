import { constants, existsSync } from 'node:fs'
import { access, mkdir } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { Logger } from 'pino'
import { installRedisServer } from './install.ts'
import { works } from './run.ts'

/** Programs that speak Redis' protocol and accept its command line. */
const KNOWN_SERVERS = ['redis-server', 'valkey-server'] as const

/**
 * The command that starts a Redis server: one on the PATH, one fetched earlier, or one fetched now.
 *
 * @param caches Folders where a fetched server may lie; it goes into the first that can be written.
 * @throws Error that names every way to get one, when none of them works here.
 */
export const findRedisServer = async (log: Logger, caches: readonly string[] = [projectCache()]): Promise<string> => {
  for (const command of [...KNOWN_SERVERS, ...caches.map(launcherIn)]) {
    if (await works(command, ['--version'])) return command
  }
  return installRedisServer(await firstWritable(caches), log)
}

const firstWritable = async (folders: readonly string[]): Promise<string> => {
  for (const folder of folders) {
    const writable = await mkdir(folder, { recursive: true })
      .then(() => access(folder, constants.W_OK))
      .then(
        () => true,
        () => false,
      )
    if (writable) return folder
  }
  throw new Error(`no redis-server was found, and none can be fetched: not writable are ${folders.join(', ')}`)
}

/** Where the launcher of a fetched server lies. */
const launcherIn = (cache: string): string => join(cache, 'redis', 'redis-server')

/** `node_modules/.cache/pipewarden` of the nearest folder that has `node_modules`, as other tools do. */
export const projectCache = (): string => {
  let folder = import.meta.dirname
  while (!existsSync(join(folder, 'node_modules')) && dirname(folder) !== folder) folder = dirname(folder)
  return join(folder, 'node_modules', '.cache', 'pipewarden')
}
