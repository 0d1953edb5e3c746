import { existsSync } from 'node:fs'
import { chmod, mkdir, mkdtemp, readdir, rename, rm, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Logger } from 'pino'
import { aptDownload } from './apt.ts'
import { run } from './run.ts'

/**
 * Unpacks Debian's or Ubuntu's Redis into the cache: no root, nothing outside of the cache is changed.
 *
 * @returns The launcher to start it with.
 */
export const fetchDebianRedis = async (cache: string, log: Logger): Promise<string> => {
  log.info({ cache }, "no redis-server found: fetching Debian's redis-tools into the cache")
  await mkdir(cache, { recursive: true })
  const workshop = await mkdtemp(join(cache, 'fetching-'))
  // Fetched by one user, it may be used by another.
  await chmod(workshop, 0o755)
  try {
    await unpack(workshop)
    await run(await writeLauncher(workshop), ['--version'])
    return await moveIntoPlace(workshop, join(cache, 'redis'))
  } finally {
    await rm(workshop, { recursive: true, force: true })
  }
}

const unpack = async (workshop: string): Promise<void> => {
  for (const archive of await aptDownload('redis-tools', workshop)) {
    await run('dpkg-deb', ['--extract', archive, join(workshop, 'root')])
    await rm(archive)
  }
  const server = join(workshop, 'root/usr/bin/redis-server')
  // Debian ships one program under several names; the package redis-server adds only this link.
  if (!existsSync(server)) await symlink('redis-check-rdb', server)
}

/** A script that finds the unpacked libraries beside itself, so that the folder can be moved. */
const writeLauncher = async (workshop: string): Promise<string> => {
  const folders = await libraryFolders(workshop)
  const launcher = join(workshop, 'redis-server')
  const lines = [
    '#!/bin/sh',
    // biome-ignore lint/suspicious/noTemplateCurlyInString: the shell expands it
    'here="${0%/*}"',
    `LD_LIBRARY_PATH="${folders.map((folder) => `$here/${folder}`).join(':')}" exec "$here/root/usr/bin/redis-server" "$@"`,
  ]
  await writeFile(launcher, `${lines.join('\n')}\n`)
  await chmod(launcher, 0o755)
  return launcher
}

const libraryFolders = async (workshop: string): Promise<string[]> => {
  const entries = await readdir(join(workshop, 'root'), { recursive: true })
  const libraries = entries.filter((entry) => /\/lib[^/]*\.so\.[\d.]+$/.test(entry))
  return [...new Set(libraries.map((library) => `root/${library.slice(0, library.lastIndexOf('/'))}`))]
}

/** Two processes may fetch at once: the first one to finish wins, the others use what it made. */
const moveIntoPlace = async (workshop: string, place: string): Promise<string> => {
  const launcher = join(place, 'redis-server')
  try {
    await rename(workshop, place)
  } catch (cause) {
    if (!(await run(launcher, ['--version']).catch(() => ''))) {
      await rm(place, { recursive: true, force: true })
      await rename(workshop, place).catch(() => Promise.reject(cause))
    }
  }
  return launcher
}
