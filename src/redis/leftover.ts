import { readFile } from 'node:fs/promises'
import { hostname } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Logger } from 'pino'
import { ask } from './ask.ts'
import { isAlive, type Owner } from './owner.ts'

/** How long a Redis of a dead pipewarden may take to write what it has, in milliseconds. */
const GONE_WITHIN = 10_000

/**
 * Whether an owner still counts. Process ids mean nothing across containers, but a socket on a shared volume answers.
 */
export const ownerCounts = async (owner: Owner, socket: string): Promise<boolean> =>
  owner.host === hostname() ? isAlive(owner) : (await ask(socket, 'PING')) !== null

/**
 * Ends a Redis whose pipewarden was killed, in order, so that its data can be taken over.
 *
 * Two servers on the same files would destroy them; redis-server itself does not look whether its socket is in use.
 */
export const endLeftover = async (socket: string, pidFile: string, log: Logger): Promise<void> => {
  if ((await ask(socket, 'PING')) !== null) {
    log.info({ socket }, 'taking over from a Redis whose pipewarden was killed')
    await ask(socket, 'SHUTDOWN', GONE_WITHIN)
  }
  const deadline = Date.now() + GONE_WITHIN
  while (await stillRuns(pidFile)) {
    if (Date.now() > deadline) throw new Error(`a Redis left over from before does not end, see ${pidFile}`)
    await sleep(20)
  }
}

/** redis-server removes its file of the process id when everything is written; a killed one leaves it behind. */
const stillRuns = async (pidFile: string): Promise<boolean> => {
  const pid = Number(await readFile(pidFile, 'utf8').catch(() => ''))
  if (!pid) return false
  const command = await readFile(`/proc/${pid}/comm`, 'utf8').catch(() => null)
  // Elsewhere than on Linux a server that does not answer is taken for dead.
  if (command === null || !/redis|valkey/.test(command)) return false
  return isAlive({ host: hostname(), pid, started: null })
}
