/** Who a line of the story is about; `story` is what people and runners do. */
export type Who = 'story' | 'delivery' | 'decision' | 'action' | 'trouble' | 'result'

export type Entry = {
  /** Milliseconds since the epoch. */
  at: number
  who: Who
  text: string
  /** Set for what nobody acts on: neighbours share one line, counted by this text. */
  folded?: string
}

/** How long a line is held back, so that what happened before it and is heard of later can come first. */
const heldBackMs = 300
const lookEveryMs = 100

/** Prints lines in the order in which things happened, whatever the order in which they were heard of. */
export function createTimeline(deps: { print(entry: Entry): void; collect(): Entry[] }) {
  let waiting: Entry[] = []

  function show(until: number): void {
    waiting = [...waiting, ...deps.collect()].sort((one, other) => one.at - other.at)
    const due = waiting.slice(0, dueCount(waiting, until))
    waiting = waiting.slice(due.length)
    for (const entry of fold(due)) deps.print(entry)
  }

  const timer = setInterval(() => show(Date.now() - heldBackMs), lookEveryMs)
  return {
    add: (entry: Entry): void => void waiting.push(entry),
    flush: (): void => show(Number.POSITIVE_INFINITY),
    stop: (): void => clearInterval(timer),
  }
}

export type Timeline = ReturnType<typeof createTimeline>

/** What may share a line with something that is still to come waits for it. */
function dueCount(entries: readonly Entry[], until: number): number {
  let count = entries.filter(({ at }) => at <= until).length
  while (until < Number.POSITIVE_INFINITY && count > 0 && entries[count - 1]?.folded) count -= 1
  return count
}

function fold(entries: readonly Entry[]): Entry[] {
  const runs: Entry[][] = []
  for (const entry of entries) {
    const last = runs.at(-1)
    if (last?.[0]?.folded && entry.folded) last.push(entry)
    else runs.push([entry])
  }
  return runs.flatMap((run) => (run.length > 1 ? [summary(run)] : run))
}

function summary(run: readonly Entry[]): Entry {
  const counts = new Map<string, number>()
  for (const { folded = '' } of run) counts.set(folded, (counts.get(folded) ?? 0) + 1)
  const kinds = [...counts].map(([kind, count]) => (count > 1 ? `${count} × ${kind}` : kind))
  return { at: run[0]?.at ?? 0, who: 'delivery', text: `${kinds.join(', ')} → 200 ignored` }
}
