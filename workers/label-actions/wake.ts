import type { MergeRequestEvent } from '../../src/event.ts'
import type { LabelOptions } from './options.ts'

/** Approvals that GitLab itself takes back or resets have other actions, or say that the system acted. */
export const isApproval = ({ action, system, state }: MergeRequestEvent, { approvals }: LabelOptions): boolean =>
  approvals.enabled && !system && state === 'opened' && (action === 'approval' || action === 'approved')

/** Also what only has to be remembered, so that the same label counts again after it was removed. */
export function mayChangeLabels(event: MergeRequestEvent, { labelActions }: LabelOptions): boolean {
  const { action, labels, labelChange, changed, oldSha } = event
  if (labelActions.length === 0) return false
  const isOfInterest = (label: string) => labelActions.some((entry) => entry.labels.includes(label))
  if (action === 'open') return labels.some(isOfInterest)
  if (action !== 'update') return false
  // Without a list of changes anything may have changed, unless it was a push.
  if (!labelChange) return changed.length === 0 && oldSha === null && labels.some(isOfInterest)
  const { previous, current } = labelChange
  // GitLab sometimes tells nothing of what was there before: then a removal looks like this, too.
  return previous.length === 0 || [...labels, ...previous, ...current].some(isOfInterest)
}
