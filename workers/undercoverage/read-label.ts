import type { LabelEvent } from '../../src/gitlab/content-types.ts'
import { GitLabError } from '../../src/gitlab/errors.ts'
import type { MergeRequest } from '../../src/gitlab/types.ts'
import { labelMatcher } from '../../src/match.ts'
import type { Readers } from '../../src/readers.ts'
import type { UndercoverageEvent } from './events.ts'

type Label = { name: string; by: string | null }

/** The label that spares the merge request now, whatever the event says, and who set it. */
export async function readLabel(
  { project, iid, labels }: MergeRequest,
  skipLabels: readonly string[],
  batch: readonly UndercoverageEvent[],
  { gitlab }: Readers,
): Promise<Label | null> {
  const name = labels.find(labelMatcher(skipLabels))
  if (name === undefined) return null
  const history = await refusedAsUnknown(gitlab.labelEvents(project, iid))
  return { name, by: lastAdder(history ?? [], name) ?? adderIn(batch, name) }
}

const lastAdder = (history: readonly LabelEvent[], name: string): string | null =>
  history.findLast(({ action, label }) => action === 'add' && label === name)?.user?.username ?? null

/** Instances that keep no history, or show it to others only. */
function adderIn(batch: readonly UndercoverageEvent[], name: string): string | null {
  const adding = batch.findLast(
    (event) =>
      event.kind === 'merge_request' &&
      event.labelChange?.current.includes(name) &&
      !event.labelChange.previous.includes(name),
  )
  return adding?.kind === 'merge_request' ? (adding.user?.username ?? null) : null
}

/** The name only makes the reason better. */
async function refusedAsUnknown<T>(promise: Promise<T>): Promise<T | null> {
  try {
    return await promise
  } catch (error) {
    if (error instanceof GitLabError && error.kind === 'permanent') return null
    throw error
  }
}
