import type { Reaction } from '../src/reaction.ts'
import type { WorkersDeps } from './index.ts'

type SweepDeps = Pick<WorkersDeps, 'log' | 'queues' | 'reactions' | 'readers' | 'redis' | 'serves'>

/** Schedules the sweeps of all reactions, again whenever Redis comes back: it may have lost them. */
export function startSweeps(deps: SweepDeps) {
  const { log, queues, reactions, redis } = deps
  const schedule = () => {
    for (const { name, sweep } of reactions) {
      if (!sweep) continue
      queues.scheduleSweep(name, sweep.every).catch((error: Error) => {
        log.debug({ reaction: name, error: error.message }, 'sweep not scheduled, Redis does not answer')
      })
    }
  }
  redis.on('ready', schedule)
  schedule()
  return { stop: () => void redis.off('ready', schedule) }
}

/** Wakes the reaction by what its sweep finds. @throws what the sweep throws; the next one looks again */
export async function runSweep(reaction: Reaction, { log, queues, readers, serves }: SweepDeps): Promise<void> {
  const found = (await reaction.sweep?.look(readers, serves)) ?? []
  const events = found.filter(({ project }) => serves(project.path))
  for (const event of events) await queues.add(event, [reaction])
  await reaction.sweep?.kept?.(readers)
  if (events.length > 0) log.info({ reaction: reaction.name, count: events.length }, 'swept')
}
