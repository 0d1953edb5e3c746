import { type ChildProcess, spawn } from 'node:child_process'
import { setTimeout as sleep } from 'node:timers/promises'
import { ask } from './ask.ts'
import { works } from './run.ts'

/** How long a Redis may take to load its data, in milliseconds. */
const READY_WITHIN = 60_000
/** How long a Redis may take to write what it has and leave, in milliseconds. */
const GONE_WITHIN = 10_000

/** A running redis-server that listens on a unix socket only. */
export type RedisProcess = {
  pid: number
  socket: string
  /** Settles when it ended, for whatever reason, with the end of its log. */
  ended: Promise<string>
  /** Ends it in order: what it has is on disk afterwards. */
  stop(): Promise<void>
}

export type RedisSettings = {
  socket: string
  folder: string
  fsync: 'always' | 'everysec' | 'off'
  pidFile?: string
}

/**
 * Starts a private redis-server and waits until it answers.
 *
 * It dies with this process where the system can promise that (Linux, `setpriv`), and not by Ctrl-C:
 * the terminal signals a whole session, but tasks that still run need their Redis.
 * @throws Error with the end of its log.
 */
export const spawnRedis = async (command: string, settings: RedisSettings): Promise<RedisProcess> => {
  const [program = command, ...parameters] = [...(await leash()), command, ...serverOptions(settings)]
  const child = spawn(program, parameters, {
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  })
  const ended = untilEnd(child)
  await untilReady(child, settings.socket, ended).catch((error) => {
    child.kill('SIGKILL')
    throw error
  })
  return {
    pid: child.pid ?? 0,
    socket: settings.socket,
    ended,
    stop: () => stopChild(child, ended),
  }
}

/** What to put before a command so that it ends with this process; nothing where the system has no such thing. */
export const leash = async (): Promise<string[]> => {
  const words = ['setpriv', '--pdeathsig', 'TERM']
  return (await works('setpriv', [...words.slice(1), 'true'])) ? words : []
}

const serverOptions = ({ socket, folder, fsync, pidFile }: RedisSettings): string[] => [
  ...['--port', '0', '--unixsocket', socket, '--unixsocketperm', '700', '--daemonize', 'no'],
  ...['--dir', folder, '--save', '', '--maxmemory-policy', 'noeviction'],
  ...(fsync === 'off' ? ['--appendonly', 'no'] : ['--appendonly', 'yes', '--appendfsync', fsync]),
  ...(pidFile === undefined ? [] : ['--pidfile', pidFile]),
]

const untilReady = async (child: ChildProcess, socket: string, ended: Promise<string>): Promise<void> => {
  const runs = () => child.pid !== undefined && child.exitCode === null && child.signalCode === null
  const deadline = Date.now() + READY_WITHIN
  while (runs() && (await ask(socket, 'PING')) !== '+PONG') {
    if (Date.now() > deadline) throw new Error(`redis-server did not become ready within ${READY_WITHIN / 1000} s`)
    await sleep(5)
  }
  if (!runs()) throw new Error(`redis-server did not start: ${await ended}`)
}

const untilEnd = (child: ChildProcess): Promise<string> => {
  let tail = ''
  const remember = (chunk: Buffer) => {
    tail = (tail + chunk.toString('utf8')).slice(-2000)
  }
  child.stdout?.on('data', remember)
  child.stderr?.on('data', remember)
  return new Promise((resolve) => {
    child.once('error', (error) => resolve(error.message))
    child.once('close', () => resolve(tail.trim()))
  })
}

const stopChild = async (child: ChildProcess, ended: Promise<string>): Promise<void> => {
  // For redis-server SIGTERM means the same as the command SHUTDOWN.
  child.kill('SIGTERM')
  const impatience = setTimeout(() => child.kill('SIGKILL'), GONE_WITHIN)
  await ended
  clearTimeout(impatience)
}
