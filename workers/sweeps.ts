import { setTimeout as sleep } from 'node:timers/promises'
import type { Reaction } from '../src/reaction.ts'
import type { WorkersDeps } from './index.ts'

type SweepDeps = Pick<WorkersDeps, 'log' | 'queues' | 'reactions' | 'readers' | 'redis' | 'serves'>

const askAgainMs = 500

/** Schedules the sweeps of all reactions, again whenever Redis comes back: it may have lost them. */
export function startSweeps(deps: SweepDeps) {
  const { reactions, redis } = deps
  const stopped = new AbortController()
  const schedule = () => {
    for (const reaction of reactions) void scheduleSweep(reaction, deps, stopped.signal)
  }
  redis.on('ready', schedule)
  schedule()
  return {
    stop() {
      redis.off('ready', schedule)
      stopped.abort()
    },
  }
}

/** The clients of a process come back one after the other: this one may be ready before the one that queues. */
async function scheduleSweep({ name, sweep }: Reaction, { log, queues }: SweepDeps, stopped: AbortSignal) {
  if (!sweep) return
  while (!stopped.aborted) {
    try {
      return await queues.scheduleSweep(name, sweep.every)
    } catch (error) {
      log.debug({ reaction: name, error: (error as Error).message }, 'sweep not scheduled, asking Redis again')
      await sleep(askAgainMs, undefined, { signal: stopped }).catch(() => undefined)
    }
  }
}

/** Wakes the reaction by what its sweep finds. @throws what the sweep throws; the next one looks again */
export async function runSweep(reaction: Reaction, { log, queues, readers, serves }: SweepDeps): Promise<void> {
  const found = (await reaction.sweep?.look(readers, serves)) ?? []
  const events = found.filter(({ project }) => serves(project.path))
  for (const event of events) await queues.add(event, [reaction])
  await reaction.sweep?.kept?.(readers)
  if (events.length > 0) log.info({ reaction: reaction.name, count: events.length }, 'swept')
}
