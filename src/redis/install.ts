import { platform } from 'node:os'
import type { Logger } from 'pino'
import { fetchDebianRedis } from './install-debian.ts'
import { run, works } from './run.ts'

/**
 * Gets a Redis server without asking for rights: Debian's package unpacked into the cache, or Homebrew's.
 *
 * @throws Error that names every way to get one.
 */
export const installRedisServer = async (cache: string, log: Logger): Promise<string> => {
  try {
    if (await works('apt-get', ['--version'])) return await fetchDebianRedis(cache, log)
    if (platform() === 'darwin' && (await works('brew', ['--version']))) return await installWithBrew(log)
  } catch (cause) {
    throw new Error(`${ADVICE} Fetching one failed: ${cause instanceof Error ? cause.message : cause}`, { cause })
  }
  throw new Error(ADVICE)
}

const ADVICE =
  'No redis-server was found. Install one (apt-get install redis-server, dnf install redis, apk add redis, ' +
  'brew install redis) so that it is on the PATH, or set REDIS_URL to a Redis that runs elsewhere.'

const installWithBrew = async (log: Logger): Promise<string> => {
  log.info('no redis-server found: running brew install redis')
  await run('brew', ['install', 'redis'])
  const prefix = (await run('brew', ['--prefix', 'redis'])).trim()
  return `${prefix}/bin/redis-server`
}
