import { createCleanup } from '../support/cleanup.ts'
import { chapters } from './chapters/index.ts'
import { createPrinter } from './print.ts'
import { tellStory } from './tell.ts'

/** As shells report the end by a signal. */
const exitCodes = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129, SIGPIPE: 141 } as const

type EndSignal = keyof typeof exitCodes

const interrupted = new Promise<EndSignal>((resolve) => {
  for (const signal of Object.keys(exitCodes) as EndSignal[]) process.on(signal, () => resolve(signal))
  // Node ignores the signal: the reader of the pipe, such as `head`, is gone.
  process.stdout.on('error', () => resolve('SIGPIPE'))
})

const printer = createPrinter(process.stdout)
const cleanup = createCleanup()

const story = tellStory(chapters, cleanup, printer).then((wentAsTold) => (wentAsTold ? 0 : 1))
const code = await Promise.race([story, interrupted.then((signal) => exitCodes[signal])])
printer.silence()
await cleanup.run()
process.exit(code)
