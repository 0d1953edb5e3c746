import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { createInterface } from 'node:readline'

/** A role of the bot as a process of its own. */
export type BotProcess = {
  pid: number
  /** Where it listens, once it does. */
  url: Promise<string>
  /** The newest lines of its log. */
  lines: string[]
  isRunning(): boolean
  /** Reads no more of its log, as when the reader behind a pipe has ended. */
  stopReading(): void
  /** Ends it as a power failure would. */
  kill9(): Promise<void>
  /** Asks it to end. @returns its exit code, or the signal that ended it */
  term(): Promise<number | string | null>
}

const linesKept = 500

/** Starts `pipewarden ROLE` from the built command line, with these variables and no others of this process. */
export function startProcess(cli: string, role: 'receiver' | 'worker', variables: Record<string, string>): BotProcess {
  const child = spawn(process.execPath, [cli, role], {
    env: { PATH: process.env.PATH ?? '', HOST: '127.0.0.1', PORT: '0', ...variables },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const lines: string[] = []
  const isRunning = () => child.exitCode === null && child.signalCode === null
  const end = async (signal: 'SIGKILL' | 'SIGTERM') => {
    if (!isRunning()) return
    // Only then all of its lines are read.
    const ended = once(child, 'close')
    child.kill(signal)
    await ended
  }
  return {
    pid: child.pid ?? 0,
    url: untilStarted(child, lines),
    lines,
    isRunning,
    stopReading: () => {
      child.stdout.destroy()
      child.stderr.destroy()
    },
    kill9: () => end('SIGKILL'),
    term: async () => {
      await end('SIGTERM')
      return child.exitCode ?? child.signalCode
    },
  }
}

function untilStarted(child: ChildProcess, lines: string[]): Promise<string> {
  const started = new Promise<string>((resolve, reject) => {
    child.once('exit', () => reject(new Error(`ended before it listened: ${lines.join('\n')}`)))
    for (const stream of [child.stdout, child.stderr]) {
      if (!stream) continue
      createInterface({ input: stream }).on('line', (line) => {
        lines.push(line)
        lines.splice(0, lines.length - linesKept)
        if (line.includes('"msg":"started"')) resolve((JSON.parse(line) as { url: string }).url)
      })
    }
  })
  // Whoever kills it before it listens does not wait for its address.
  started.catch(() => {})
  return started
}

/** A port that is free now. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  return typeof address === 'object' && address !== null ? address.port : 0
}
