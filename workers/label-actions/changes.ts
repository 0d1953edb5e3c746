import type { MergeRequestEvent } from '../../src/event.ts'
import type { Actor, LabelChange } from './facts.ts'
import type { Entry } from './options.ts'

/** `now` is what is on the merge request; `events` are in the order of their arrival. */
type Seen = { remembered: string[] | null; events: readonly MergeRequestEvent[]; now: readonly string[] }

/**
 * Which labels came and went since the bot looked last, and who did it.
 *
 * GitLab's own "previous" is empty after some updates, such as a rebase, so it counts only while nothing is remembered.
 */
export function labelChanges({ remembered, events, now }: Seen): { added: LabelChange[]; removed: LabelChange[] } {
  const base = remembered ?? baseOf(events[0], now)
  const isIn = (labels: readonly string[]) => (label: string) => labels.includes(label)
  const added = now.filter((label) => !base.includes(label))
  const removed = base.filter((label) => !now.includes(label))
  return {
    added: added.map((label) =>
      changeOf(label, events, ({ current, previous }) => isIn(current)(label) && !isIn(previous)(label)),
    ),
    removed: removed.map((label) =>
      changeOf(label, events, ({ current, previous }) => !isIn(current)(label) && isIn(previous)(label)),
    ),
  }
}

/** Labels present at opening are no change. After a push nothing can be said about what was there before. */
function baseOf(first: MergeRequestEvent | undefined, now: readonly string[]): readonly string[] {
  if (!first) return now
  if (first.action === 'open' || !first.labelChange || first.oldSha !== null) return first.labels
  return first.labelChange.previous
}

type Told = NonNullable<MergeRequestEvent['labelChange']>

/** The first event that tells of it: a later one may list everything as new. */
function changeOf(label: string, events: readonly MergeRequestEvent[], tells: (change: Told) => boolean): LabelChange {
  const event = events.find(({ labelChange }) => labelChange !== null && tells(labelChange))
  const by: Actor | null = event?.user ? { ...event.user, role: null } : null
  return { label, by, at: event?.updatedAt ?? null, sha: event?.sha ?? null }
}

/** An entry of the configuration with the changes that it answers. */
export type Wanted = { entry: Entry; changes: { kind: 'added' | 'removed'; change: LabelChange }[] }

type Changes = { added: readonly LabelChange[]; removed: readonly LabelChange[] }

/** The entries that these changes wake, in their order. */
export function wantedEntries(entries: readonly Entry[], { added, removed }: Changes): Wanted[] {
  return entries.flatMap((entry) => {
    const all = [
      ...(entry.on.includes('added') ? added : []).map((change) => ({ kind: 'added' as const, change })),
      ...(entry.on.includes('removed') ? removed : []).map((change) => ({ kind: 'removed' as const, change })),
    ]
    const changes = all.filter(({ change }) => entry.labels.includes(change.label))
    return changes.length > 0 ? [{ entry, changes }] : []
  })
}
