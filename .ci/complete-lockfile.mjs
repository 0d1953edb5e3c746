// Adds optional packages of other platforms that a registry mirror did not offer when `npm install` wrote the lockfile:
// `npm ci` refuses a lockfile without them ("Missing: … from lock file"), also where they would never be installed.
// Run it after every `npm install`. It also takes out download addresses, which tie a lockfile to one registry.
import { readFileSync, writeFileSync } from 'node:fs'

const file = new URL('../package-lock.json', import.meta.url)
const lock = JSON.parse(readFileSync(file, 'utf8'))

const systems = ['aix', 'android', 'darwin', 'freebsd', 'linux', 'netbsd', 'openbsd', 'openharmony', 'sunos', 'win32']
const processors = ['arm', 'arm64', 'ia32', 'loong64', 'mips64el', 'ppc64', 'riscv64', 's390x', 'wasm32', 'x64']

/** Platform packages are named after what they run on: `@esbuild/darwin-arm64`, `@biomejs/cli-linux-x64-musl`. */
function platformOf(name) {
  const words = name.split(/[/-]/)
  if (name === 'fsevents') return { os: ['darwin'] }
  const os = systems.filter((system) => words.includes(system))
  const cpu = processors.filter((processor) => words.includes(processor))
  const libc = [...(/musl/.test(name) ? ['musl'] : []), ...(/-gnu/.test(name) ? ['glibc'] : [])]
  return { ...(os.length ? { os } : {}), ...(cpu.length ? { cpu } : {}), ...(libc.length ? { libc } : {}) }
}

/** Where npm looks for a dependency of a package: beside it, then in each folder further up. */
function placesOf(from, name) {
  const parts = from.split('/node_modules/')
  const folders = parts.map((_, index) => parts.slice(0, parts.length - index).join('/node_modules/'))
  return [...folders.map((folder) => `${folder}/node_modules/${name}`), `node_modules/${name}`]
}

const added = []
for (const [path, entry] of Object.entries(lock.packages)) {
  delete entry.resolved
  for (const [name, version] of Object.entries(entry.optionalDependencies ?? {})) {
    if (placesOf(path, name).some((place) => lock.packages[place])) continue
    const exact = version.replace(/^[\^~]/, '')
    const dev = entry.dev ? { dev: true } : {}
    lock.packages[`node_modules/${name}`] = { version: exact, ...platformOf(name), ...dev, optional: true }
    added.push(`${name}@${exact}`)
  }
}

lock.packages = Object.fromEntries(Object.entries(lock.packages).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)))
writeFileSync(file, `${JSON.stringify(lock, null, 2)}\n`)
process.stdout.write(added.length ? `added to the lockfile: ${added.join(', ')}\n` : 'the lockfile is complete\n')
