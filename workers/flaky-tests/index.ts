import type { ProjectConfig } from '../../config/schema.ts'
import type { JobEvent } from '../../src/event.ts'
import { nameMatcher } from '../../src/match.ts'
import type { Reaction } from '../../src/reaction.ts'
import { decide } from './decide.ts'
import type { FlakyTestsFacts } from './facts.ts'
import { gather } from './gather.ts'

/** Retries a job that the infrastructure failed, once. */
export const flakyTests = (configFor: (projectPath: string) => ProjectConfig): Reaction<JobEvent, FlakyTestsFacts> => ({
  name: 'flaky-tests',
  on: ['job'],
  wants: ({ status }) => status === 'failed',
  when(event) {
    const { failureReasons, neverJobs, tracePatterns } = configFor(event.project.path).retry
    if (event.status !== 'failed' || nameMatcher(neverJobs)(event.name)) return false
    return tracePatterns.length > 0 || nameMatcher(failureReasons)(event.failureReason ?? '')
  },
  fact: (event) => `flaky-tests/${event.pipeline}/${event.job}/${event.status}`,
  settle: (event) => configFor(event.project.path).failFast.settle,
  gather: (event, read) => gather(event, read, configFor(event.project.path).retry),
  decide,
})
