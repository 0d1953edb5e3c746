import type { ProjectConfig } from '../../config/schema.ts'
import type { JobEvent, PipelineEvent } from '../../src/event.ts'
import type { Reaction } from '../../src/reaction.ts'
import { decide } from './decide.ts'
import type { FlakyTestsFacts } from './facts.ts'
import { gather } from './gather.ts'
import { flakyTestsOptions } from './options.ts'
import { decideSweep, gatherSweep, type SweepFacts, sweepEvent, sweepEvery, sweepFact } from './sweep.ts'

const over = new Set(['success', 'failed'])

/** Tells flaky tests from real failures, retries what deserves a retry, reports and remembers the rest. */
export const flakyTests = (
  configFor: (projectPath: string) => ProjectConfig,
): Reaction<JobEvent | PipelineEvent, FlakyTestsFacts | SweepFacts> => ({
  name: 'flaky-tests',
  on: ['job', 'pipeline'],
  wants: ({ status }) => over.has(status),
  // Of jobs that passed, those are of interest whose earlier attempt failed.
  when: (event) => event.status === 'failed' || (event.status === 'success' && isOfInterest(event)),
  fact: factOf,
  settle: (event) => configFor(event.project.path).failFast.settle,
  gather(event, read) {
    const options = flakyTestsOptions(configFor(event.project.path))
    return isSweep(event) ? gatherSweep(event, read, options) : gather(event, read, options)
  },
  decide: (facts) => ('open' in facts ? decideSweep(facts) : decide(facts)),
  sweep: {
    every: sweepEvery,
    look: async (read) => (await read.issueProjects()).map((project) => sweepEvent(project, read.now())),
  },
})

const isSweep = ({ asked }: JobEvent | PipelineEvent): boolean => asked === 'sweep'

const isOfInterest = (event: JobEvent | PipelineEvent): boolean => event.kind === 'pipeline' || event.retries > 0

/** A pipeline that is retried ends again, perhaps in the same status and second: that is another fact. */
function factOf(event: JobEvent | PipelineEvent): string {
  const { pipeline, status } = event
  if (isSweep(event)) return sweepFact(event)
  if (event.kind === 'job') return `flaky-tests/${pipeline}/${event.job}/${status}`
  return `flaky-tests/${pipeline}/${status}/${event.newestJob ?? 0}/${event.finishedAt ?? event.at}`
}
