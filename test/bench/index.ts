import { type Cleanup, createCleanup } from '../support/cleanup.ts'
import { benchAccept } from './accept.ts'
import { benchCoverage } from './coverage.ts'
import { type Figure, tableOf } from './figure.ts'
import { benchHandle } from './handle.ts'
import { benchJunit } from './junit.ts'
import { benchLatency } from './latency.ts'
import { benchCancels, benchStart } from './resources.ts'
import { benchTestMemory } from './test-memory.ts'

const groups: Readonly<Record<string, (cleanup: Cleanup) => Promise<Figure[]>>> = {
  accept: benchAccept,
  handle: benchHandle,
  latency: benchLatency,
  cancels: benchCancels,
  start: benchStart,
  junit: benchJunit,
  coverage: benchCoverage,
  memory: benchTestMemory,
}

/** All groups, or those that are named on the command line. */
const wanted = process.argv.slice(2)
const chosen = Object.entries(groups).filter(([name]) => wanted.length === 0 || wanted.includes(name))

const cleanup = createCleanup()
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => void cleanup.run().then(() => process.exit(1)))
}

const started = performance.now()
const figures: Figure[] = []
for (const [name, group] of chosen) {
  process.stderr.write(`${name} …\n`)
  figures.push(...(await group(cleanup)))
}
process.stdout.write(`${tableOf(figures)}\n\nmeasured in ${((performance.now() - started) / 1000).toFixed(0)} s\n`)
await cleanup.run()
