import { createHash } from 'node:crypto'
import type { ProjectConfig } from '../../config/schema.ts'
import type { MergeRequestEvent } from '../../src/event.ts'
import type { Reaction } from '../../src/reaction.ts'
import { decideApproval } from './decide-approval.ts'
import { decideLabels } from './decide-labels.ts'
import type { Facts } from './facts.ts'
import { gatherApproval } from './gather-approval.ts'
import { gatherLabels } from './gather-labels.ts'
import { labelOptions } from './options.ts'
import { isApproval, mayChangeLabels } from './wake.ts'

/** Adding a label to a merge request, or approving it, starts what the configuration says. */
export const labelActions = (configFor: (projectPath: string) => ProjectConfig): Reaction<MergeRequestEvent, Facts> => {
  const optionsOf = ({ project }: MergeRequestEvent) => labelOptions(configFor(project.path))
  return {
    name: 'label-actions',
    on: ['merge_request'],
    when: (event) => isApproval(event, optionsOf(event)) || mayChangeLabels(event, optionsOf(event)),
    fact: (event) => `${subjectOf(event)}/${event.at}/${digest(event)}`,
    // An approval is answered at once; the subject still keeps two workers from answering it twice.
    debounce: (event) => ({ subject: subjectOf(event), ms: aboutApproval(event) ? 0 : optionsOf(event).debounce }),
    gather: (event, read, batch) =>
      aboutApproval(event)
        ? gatherApproval(event, read, batch, optionsOf(event))
        : gatherLabels(event, read, batch, optionsOf(event)),
    decide: (facts) => (facts.about === 'labels' ? decideLabels(facts) : decideApproval(facts)),
  }
}

const aboutApproval = ({ action }: MergeRequestEvent) => action === 'approval' || action === 'approved'

const subjectOf = (event: MergeRequestEvent) =>
  `label-actions/${event.project.id}/${event.mergeRequest}/${aboutApproval(event) ? 'approval' : 'labels'}`

/** Two deliveries of the same millisecond may tell of different labels. */
const digest = ({ action, user, labels }: MergeRequestEvent): string =>
  createHash('sha1')
    .update(JSON.stringify([action, user?.id, labels]))
    .digest('base64url')
