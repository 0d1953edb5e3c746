import type { ProjectConfig } from '../../config/schema.ts'
import type { Reaction } from '../../src/reaction.ts'
import { decide } from './decide.ts'
import { factOf, subjectOf, type UndercoverageEvent, wakes, wants } from './events.ts'
import type { UndercoverageFacts } from './facts.ts'
import { gather } from './gather.ts'
import { undercoverageOptions } from './options.ts'
import { sweep } from './sweep.ts'

/** Holds a merge request until its coverage jobs ended, and lets no line pass that no test runs. */
export const undercoverage = (
  configFor: (projectPath: string) => ProjectConfig,
): Reaction<UndercoverageEvent, UndercoverageFacts> => ({
  name: 'undercoverage',
  on: ['pipeline', 'job', 'merge_request'],
  wants,
  when: (event, told) => wakes(event, configFor(event.project.path).undercoverage, told),
  fact: factOf,
  // GitLab's own retry of a job becomes visible meanwhile, and what comes together is judged once.
  debounce: (event) => ({ subject: subjectOf(event), ms: configFor(event.project.path).failFast.settle }),
  gather: (event, read, batch) => gather(event, read, batch, undercoverageOptions(configFor(event.project.path))),
  decide,
  sweep: sweep(configFor),
})
