import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pino } from 'pino'
import { findRedisServer } from '../../src/redis/find.ts'
import { leash } from '../../src/redis/spawn.ts'

/** Servers that talk to each other and so need ports: nodes of a Cluster, Sentinels and what they watch. */
export type TcpServers = {
  /** Ends one as a power failure would. */
  kill9(port: number): Promise<void>
  stop(): Promise<void>
}

export type TcpServer = {
  port: number
  /** As on the command line of redis-server. */
  options?: readonly string[]
  /** Content of a configuration file, which a Sentinel insists on. */
  config?: string
}

export const startTcpServers = async (wanted: readonly TcpServer[]): Promise<TcpServers> => {
  const folder = await mkdtemp(join(tmpdir(), 'pipewarden-test-'))
  const prefix = [...(await leash()), await findRedisServer(pino())]
  const servers = new Map<number, ChildProcess>()
  for (const server of wanted) {
    const file = join(folder, `${server.port}.conf`)
    await writeFile(file, server.config ?? '')
    const [program = '', ...parameters] = [...prefix, file, ...commonOptions(server.port, folder)]
    servers.set(server.port, spawn(program, [...parameters, ...(server.options ?? [])], { stdio: 'ignore' }))
  }
  return {
    kill9: (port) => end(servers.get(port)),
    stop: async () => {
      await Promise.all([...servers.values()].map(end))
      await rm(folder, { recursive: true, force: true })
    },
  }
}

const commonOptions = (port: number, folder: string): string[] => [
  ...['--port', String(port), '--bind', '127.0.0.1', '--dir', folder, '--save', '', '--appendonly', 'no'],
]

const end = async (server: ChildProcess | undefined): Promise<void> => {
  if (!server || server.exitCode !== null || server.signalCode !== null) return
  server.kill('SIGKILL')
  await once(server, 'exit')
}

/** Ports that are free, each with a free one after it, as the bus of a Cluster needs it. */
export const freePorts = async (count: number): Promise<number[]> => {
  const found: number[] = []
  while (found.length < count) {
    const port = await freePair()
    if (port !== null && !found.some((other) => Math.abs(other - port) < 2)) found.push(port)
  }
  return found
}

const freePair = async (): Promise<number | null> => {
  const first = createServer().listen(0, '127.0.0.1')
  await once(first, 'listening')
  const address = first.address()
  const port = address !== null && typeof address === 'object' ? address.port : 0
  const second = createServer()
  const free = await new Promise<boolean>((resolve) => {
    second.once('error', () => resolve(false))
    if (port < 65_535) second.listen(port + 1, '127.0.0.1', () => resolve(true))
    if (port >= 65_535) resolve(false)
  })
  first.close()
  second.close()
  return free ? port : null
}
