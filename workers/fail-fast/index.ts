import type { ProjectConfig } from '../../config/schema.ts'
import type { JobEvent } from '../../src/event.ts'
import { nameMatcher } from '../../src/match.ts'
import type { Reaction } from '../../src/reaction.ts'
import { decide } from './decide.ts'
import type { FailFastFacts } from './facts.ts'
import { gather } from './gather.ts'
import { failFastOptions } from './options.ts'

/** Stops the rest of a pipeline within seconds after a fail-fast job failed for good, and says why. */
export const failFast = (configFor: (projectPath: string) => ProjectConfig): Reaction<JobEvent, FailFastFacts> => ({
  name: 'fail-fast',
  on: ['job'],
  wants: ({ status }) => status === 'failed',
  when(event) {
    const { enabled, jobs } = configFor(event.project.path).failFast
    return enabled && event.status === 'failed' && !event.allowFailure && nameMatcher(jobs)(event.name)
  },
  fact: (event) => `fail-fast/${event.pipeline}/${event.job}/${event.status}`,
  settle: (event) => configFor(event.project.path).failFast.settle,
  gather: (event, read) => gather(event, read, failFastOptions(configFor(event.project.path))),
  decide,
})
