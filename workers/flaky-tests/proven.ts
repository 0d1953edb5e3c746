import type { Evidence } from './judge/types.ts'
import type { JudgedTest } from './results/types.ts'

/** Where the failure and the pass are of different runs, one of which may have failed as a whole. */
const ofRuns: ReadonlySet<Evidence | null> = new Set<Evidence>(['attempts', 'shards', 'pipelines'])

/** Whether it is to be remembered of a test: not for hints of a retry that nobody saw, nor where nearly all tests failed. */
export const isProven = ({ confidence, evidence, mass }: JudgedTest): boolean =>
  confidence !== 'low' && !(mass && ofRuns.has(evidence))
