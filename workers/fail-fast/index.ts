import type { ProjectConfig } from '../../config/schema.ts'
import type { JobEvent, PipelineEvent } from '../../src/event.ts'
import { nameMatcher } from '../../src/match.ts'
import type { Reaction } from '../../src/reaction.ts'
import { decide } from './decide.ts'
import { decideMended } from './decide-mended.ts'
import type { FailFastFacts } from './facts.ts'
import { gather } from './gather.ts'
import { gatherMended } from './gather-mended.ts'
import type { MendedFacts } from './mended-facts.ts'
import { failFastOptions } from './options.ts'

/** Stops the rest of a pipeline within seconds after a fail-fast job failed for good, says why, and when that is over. */
export const failFast = (
  configFor: (projectPath: string) => ProjectConfig,
): Reaction<JobEvent | PipelineEvent, FailFastFacts | MendedFacts> => ({
  name: 'fail-fast',
  on: ['job', 'pipeline'],
  wants: ({ kind, status }) => status === 'success' || (kind === 'job' && status === 'failed'),
  when(event) {
    const { enabled, jobs } = configFor(event.project.path).failFast
    if (!enabled) return false
    if (event.kind === 'pipeline') return isOfMergeRequest(event)
    return (isFailure(event) || isNewTry(event)) && nameMatcher(jobs)(event.name)
  },
  fact: (event) =>
    event.kind === 'job'
      ? `fail-fast/${event.pipeline}/${event.job}/${event.status}`
      : `fail-fast/${event.pipeline}/${event.status}/${event.newestJob ?? 0}`,
  settle: (event) => (event.status === 'failed' ? configFor(event.project.path).failFast.settle : 0),
  gather(event, read) {
    const options = failFastOptions(configFor(event.project.path))
    return event.kind === 'job' && event.status === 'failed'
      ? gather(event, read, options)
      : gatherMended(event, read, options)
  },
  decide: (facts) => ('stopped' in facts ? decideMended(facts) : decide(facts)),
})

const isFailure = ({ status, allowFailure }: JobEvent): boolean => status === 'failed' && !allowFailure

const isNewTry = ({ status, retries }: JobEvent): boolean => status === 'success' && retries > 0

/** Of a child pipeline, its parent tells; in a fork, that number is another merge request. */
const isOfMergeRequest = ({ status, mergeRequest, targetProject, project, upstream }: PipelineEvent): boolean =>
  status === 'success' && mergeRequest !== null && (targetProject ?? project.id) === project.id && upstream === null
