import { type ChildProcess, fork, spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, openSync } from 'node:fs'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { secret, token } from './deliveries.ts'

export type Server = { port: number; pid: number; close(): Promise<void> }

const closing = (child: ChildProcess, end: () => void) => async () => {
  if (child.exitCode !== null || child.signalCode !== null) return
  const exit = once(child, 'exit')
  end()
  await exit
}

/** One of the servers in `floors/`, in a process of its own. */
export async function startFloor(name: string, ...parameters: string[]): Promise<Server> {
  const child = fork(new URL(`floors/${name}.ts`, import.meta.url), parameters)
  const [port] = (await Promise.race([
    once(child, 'message'),
    once(child, 'exit').then(() => Promise.reject(new Error(`the floor ${name} ended`))),
  ])) as [number]
  return { port, pid: child.pid ?? 0, close: closing(child, () => child.disconnect()) }
}

export type ProductOptions = {
  /** Where its files go; made if need be. */
  folder: string
  command: 'start' | 'receiver'
  gitlabUrl: string
  /** Path of a unix socket; null: its own, embedded one. */
  redis: string | null
  /** More of the configuration file. */
  config?: string
}

const program = join(import.meta.dirname, '..', '..', 'dist', 'src', 'cli.js')
const patienceMs = 30_000

/** The product as it is built, as a user would run it; resolves when it is ready to work. */
export async function startProduct({
  folder,
  command,
  gitlabUrl,
  redis,
  config = '',
}: ProductOptions): Promise<Server> {
  await mkdir(folder, { recursive: true })
  await writeFile(join(folder, 'config.yaml'), `fail_fast: {settle: 0s}\n${config}`)
  const log = join(folder, 'log')
  const output = openSync(log, 'w')
  const child = spawn(process.execPath, [program, command], {
    cwd: folder,
    stdio: ['ignore', output, output],
    env: {
      PATH: process.env.PATH,
      GITLAB_URL: gitlabUrl,
      GITLAB_TOKEN: token,
      GITLAB_WEBHOOK_SECRET: secret,
      PIPEWARDEN_CONFIG: 'config.yaml',
      HOST: '127.0.0.1',
      PORT: '0',
      ...(redis && { REDIS_URL: `unix://${redis}` }),
    },
  })
  closeSync(output)
  const server = { pid: child.pid ?? 0, close: closing(child, () => child.kill('SIGTERM')) }
  const port = await untilReady(child, log, command === 'start' ? 'readyz' : 'healthz').catch(async (error) => {
    await server.close()
    throw error
  })
  return { ...server, port }
}

/** @returns its port */
async function untilReady(child: ChildProcess, log: string, probe: string): Promise<number> {
  const deadline = Date.now() + patienceMs
  while (Date.now() < deadline && child.exitCode === null) {
    const port = Number(/"url":"http:[^"]*:(\d+)"/.exec(await readFile(log, 'utf8'))?.[1])
    if (port && (await fetch(`http://127.0.0.1:${port}/${probe}`)).ok) return port
    await sleep(10)
  }
  throw new Error(`the product did not become ready:\n${(await readFile(log, 'utf8')).slice(-2000)}`)
}
