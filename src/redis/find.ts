import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { Logger } from 'pino'
import { installRedisServer } from './install.ts'
import { works } from './run.ts'

/** Programs that speak Redis' protocol and accept its command line. */
const KNOWN_SERVERS = ['redis-server', 'valkey-server'] as const

/**
 * The command that starts a Redis server: one on the PATH, one fetched earlier, or one fetched now.
 *
 * @param cache Folder for a fetched server.
 * @throws Error that names every way to get one, when none of them works here.
 */
export const findRedisServer = async (log: Logger, cache = defaultCache()): Promise<string> => {
  for (const command of [...KNOWN_SERVERS, launcherIn(cache)]) {
    if (await works(command, ['--version'])) return command
  }
  return installRedisServer(cache, log)
}

/** Where the launcher of a fetched server lies. */
export const launcherIn = (cache: string): string => join(cache, 'redis', 'redis-server')

/** `node_modules/.cache/pipewarden` of the nearest folder that has `node_modules`, as other tools do. */
const defaultCache = (): string => {
  let folder = import.meta.dirname
  while (!existsSync(join(folder, 'node_modules')) && dirname(folder) !== folder) folder = dirname(folder)
  return join(folder, 'node_modules', '.cache', 'pipewarden')
}
