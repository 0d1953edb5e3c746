import { link, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { hostname } from 'node:os'
import { join } from 'node:path'

/** The process that uses a data folder. A process id alone would mean another process after a restart. */
export type Owner = { host: string; pid: number; started: string | null }

/**
 * Makes this process the owner of a folder, in one atomic step.
 *
 * @param inUse Whether the owner that is found there still counts.
 * @returns Function that gives the folder up.
 * @throws Error that names the owner, when it still counts.
 */
export const claim = async (
  folder: string,
  inUse: (owner: Owner) => Promise<boolean>,
): Promise<() => Promise<void>> => {
  const file = join(folder, 'owner.json')
  const mine = `${file}.${process.pid}`
  const me: Owner = { host: hostname(), pid: process.pid, started: (await look(process.pid))?.started ?? null }
  await writeFile(mine, JSON.stringify(me))
  try {
    await takeOver(file, mine, inUse)
  } finally {
    await rm(mine, { force: true })
  }
  return () => rm(file, { force: true })
}

const takeOver = async (file: string, mine: string, inUse: (owner: Owner) => Promise<boolean>): Promise<void> => {
  if (await linked(mine, file)) return
  const found = await readFile(file, 'utf8').catch(() => '')
  const owner = readOwner(found)
  if (owner && (await inUse(owner))) throw inUseError(file, owner)
  // Of several that find a dead owner one wins: the others move the winner's file away, see that, and put it back.
  const aside = `${mine}.stale`
  await rename(file, aside).catch(() => {})
  const moved = await readFile(aside, 'utf8').catch(() => '')
  if (moved !== '' && moved !== found) await linked(aside, file)
  await rm(aside, { force: true })
  if (!(await linked(mine, file))) throw inUseError(file, readOwner(moved))
}

const linked = async (from: string, to: string): Promise<boolean> => {
  try {
    await link(from, to)
    return true
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false
    throw error
  }
}

const readOwner = (json: string): Owner | null => {
  try {
    const { host, pid, started } = JSON.parse(json) as Owner
    return Number.isInteger(pid) ? { host: String(host), pid, started: started ?? null } : null
  } catch {
    return null
  }
}

const inUseError = (file: string, owner: Owner | null): Error => {
  const who = owner ? `process ${owner.pid} on ${owner.host}` : 'another process that starts right now'
  return new Error(
    `another pipewarden (${who}) uses this data folder, see ${file}: stop it, choose another PIPEWARDEN_DATA_DIR, ` +
      'or let both use one Redis with REDIS_URL',
  )
}

/** Whether an owner on this host still lives. */
export const isAlive = async (owner: Owner): Promise<boolean> => {
  const seen = await look(owner.pid)
  return seen !== null && (seen.started === null || owner.started === null || seen.started === owner.started)
}

/** null: there is no such process, or it only waits for its parent to take notice of its end. */
const look = async (pid: number): Promise<{ started: string | null } | null> => {
  const status = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => null)
  if (status === null) return answersSignals(pid) ? { started: null } : null
  // The name in parentheses may contain anything; state follows it, and the start time is 19 fields on (proc(5)).
  const fields = status.slice(status.lastIndexOf(')') + 2).split(' ')
  return fields[0] === 'Z' || fields[0] === 'X' ? null : { started: fields[19] ?? null }
}

const answersSignals = (pid: number): boolean => {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM'
  }
}
