import { mkdir, readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { run } from './run.ts'

/** Packages that every Debian has, or that must fit the system's own loader. */
const NEVER_FETCHED = /^(libc6|libgcc-s1|libstdc\+\+6)$/

/**
 * Downloads a package and those of its libraries that are not installed.
 *
 * With the system's package lists when it has them, else with lists of its own, which need no root.
 * @returns Paths of the .deb files.
 */
export const aptDownload = async (name: string, folder: string): Promise<string[]> => {
  try {
    await download(name, folder, [])
  } catch {
    const state = join(folder, 'apt')
    await download(name, folder, await privateLists(state))
    await rm(state, { recursive: true, force: true })
  }
  const files = await readdir(folder)
  return files.filter((file) => file.endsWith('.deb')).map((file) => join(folder, file))
}

const download = async (name: string, folder: string, options: readonly string[]): Promise<void> => {
  const depends = await run('apt-cache', [...options, 'depends', '--important', name])
  const libraries = [...depends.matchAll(/^ +\|?Depends: (lib[a-z0-9.+-]+)$/gm)].map((match) => match[1] ?? '')
  const missing = await notInstalled(libraries.filter((library) => !NEVER_FETCHED.test(library)))
  await run('apt-get', [...options, '--quiet', 'download', name, ...missing], folder)
}

const notInstalled = async (packages: readonly string[]): Promise<string[]> => {
  const installed = await Promise.all(packages.map(isInstalled))
  return packages.filter((_, index) => !installed[index])
}

const isInstalled = async (name: string): Promise<boolean> => {
  // dpkg-query fails for a package that it never heard of.
  const status = await run('dpkg-query', ['--show', '--showformat', '$' + '{db:Status-Status}\\n', name]).catch(
    () => '',
  )
  return status.split('\n').includes('installed')
}

/** Fetches package lists into a folder of our own and gives the options that make apt use them. */
const privateLists = async (state: string): Promise<string[]> => {
  const [lists, cache] = [join(state, 'lists'), join(state, 'cache')]
  await mkdir(join(lists, 'partial'), { recursive: true })
  await mkdir(join(cache, 'archives', 'partial'), { recursive: true })
  // As root, apt would otherwise become the user _apt, who cannot write here.
  const options = ['-o', `Dir::State::lists=${lists}`, '-o', `Dir::Cache=${cache}`, '-o', 'APT::Sandbox::User=root']
  await run('apt-get', [...options, '--quiet', 'update'])
  return options
}
