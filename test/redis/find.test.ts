import { execFile } from 'node:child_process'
import { chmod, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'

const execute = promisify(execFile)
const script = fileURLToPath(new URL('../fixtures/redis/find.ts', import.meta.url))

/** A package manager that has no lists until it is told to keep some in a folder of its own. */
const packageManager = {
  'apt-cache':
    '[ "$1" = -o ] || exit 100\necho "  Depends: libc6"\necho "  Depends: libmissing1"\necho "  Depends: libhere2"',
  'dpkg-query': 'for name; do :; done\n[ "$name" = libhere2 ] && echo installed',
  'apt-get': [
    'case "$*" in',
    '  --version) exit 0 ;;',
    '  *update) exit 0 ;;',
    '  *" download redis-tools libmissing1") echo > redis-tools.deb; echo > libmissing1.deb ;;',
    '  *) exit 100 ;;',
    'esac',
  ].join('\n'),
  'dpkg-deb': [
    'case "$2" in',
    '  *libmissing1.deb) mkdir -p "$3/usr/lib/arch"; echo > "$3/usr/lib/arch/libmissing.so.1" ;;',
    '  *) mkdir -p "$3/usr/bin"; server="$3/usr/bin/redis-check-rdb"',
    // The program decides by its name what it is.
    '     printf \'#!/bin/sh\\ncase "$0:$LD_LIBRARY_PATH" in */redis-server:*/usr/lib/arch) ;; *) exit 1 ;; esac\\n\' > "$server"',
    '     chmod +x "$server" ;;',
    'esac',
  ].join('\n'),
}

describe('looking for a Redis server', () => {
  let folder: string
  let cache: string
  let tools: string

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'pipewarden find '))
    cache = join(folder, 'cache')
    tools = join(folder, 'tools')
  })
  afterEach(() => rm(folder, { recursive: true, force: true }))

  const write = async (file: string, lines: string) => {
    await mkdir(dirname(file), { recursive: true })
    await writeFile(file, `#!/bin/sh\nPATH=/usr/bin:/bin\n${lines}\n`)
    await chmod(file, 0o755)
  }
  /** What a process says that sees only the tools of this test. */
  const look = async (...caches: string[]): Promise<string[]> => {
    const parameters = ['--import', 'tsx', script, ...caches]
    const { stdout } = await execute(process.execPath, parameters, { env: { PATH: tools } })
    return stdout.trim().split('\n')
  }
  const addTools = async () => {
    for (const [name, lines] of Object.entries(packageManager)) await write(join(tools, name), lines)
  }
  const launcher = () => join(cache, 'redis/redis-server')

  test('takes one from the PATH', async () => {
    await write(join(tools, 'valkey-server'), 'exit 0')
    expect(await look(cache)).toEqual(['valkey-server'])
  })

  test('takes one that was fetched earlier', async () => {
    await write(launcher(), 'exit 0')
    expect(await look(join(folder, 'other'), cache)).toEqual([launcher()])
  })

  test('names every way to get one when there is none', async () => {
    const [said = ''] = await look(cache)
    for (const way of ['apt-get install redis-server', 'brew install redis', 'REDIS_URL']) expect(said).toContain(way)
  })

  test("fetches Debian's package with missing libraries, without root and without package lists", async () => {
    await addTools()
    const said = await look(cache)
    expect(said).toEqual(["no redis-server found: fetching Debian's redis-tools into the cache", launcher()])
    expect(await look(cache)).toEqual([launcher()])
  })

  test('fetches anew what does not run any more', async () => {
    await addTools()
    await write(launcher(), 'exit 127')
    expect((await look(cache)).at(-1)).toBe(launcher())
    expect(await look(cache)).toEqual([launcher()])
  })

  test('fetched by two processes at once leaves one server and no rubbish', async () => {
    await addTools()
    const said = await Promise.all([look(cache), look(cache)])
    expect(said.map((lines) => lines.at(-1))).toEqual([launcher(), launcher()])
    expect(await readdir(cache)).toEqual(['redis'])
  })

  test('says why fetching failed', async () => {
    await addTools()
    await write(join(tools, 'apt-cache'), 'echo "no network" >&2; exit 100')
    expect((await look(cache)).at(-1)).toMatch(/^refused: No redis-server was found.*REDIS_URL.*no network/)
  })
})
