import type { FlakyTestsFacts } from '../../workers/flaky-tests/facts.ts'
import { flakyTestsOptions } from '../../workers/flaky-tests/options.ts'
import type { Judged, JudgedTest } from '../../workers/flaky-tests/results/types.ts'
import { configOf } from '../support/builders.ts'

export const judgedTest = (change: Partial<JudgedTest> = {}): JudgedTest => ({
  id: 'aaaaaaaaaaaa',
  identity: { job: 'rspec', suite: 'Basket', classname: 'Basket', name: 'adds up', variant: '' },
  file: 'spec/basket_spec.rb',
  class: 'failed',
  evidence: null,
  confidence: null,
  failedAttempts: 1,
  failsJob: false,
  message: 'expected 3, got 4',
  job: 5001,
  mass: false,
  ...change,
})

export const flakyTest = (change: Partial<JudgedTest> = {}): JudgedTest =>
  judgedTest({ class: 'flaky', evidence: 'attempts', confidence: 'high', ...change })

export const judged = (change: Partial<Judged> = {}): Judged => ({
  counts: { passed: 10, flaky: change.flaky?.length ?? 0, failed: change.failed?.length ?? 0, skipped: 0 },
  failed: [],
  flaky: [],
  passed: [],
  jobs: ['rspec'],
  incidents: [],
  hiddenRetries: [],
  unnamedFailures: 0,
  listedOnly: [],
  ...change,
})

export const latest = (change: Partial<NonNullable<NonNullable<FlakyTestsFacts['attempt']>['latest']>> = {}) => ({
  id: 5001,
  name: 'rspec',
  status: 'failed' as const,
  url: 'https://gitlab.test/meadow/orchard/-/jobs/5001',
  failureReason: 'script_failure',
  attempts: 1,
  tracePattern: null,
  ...change,
})

/** A pipeline of merge request 6 in which job 5001 failed; nothing speaks for another try of it. */
export const flakyFacts = (change: Partial<FlakyTestsFacts> = {}, yaml = ''): FlakyTestsFacts => ({
  options: flakyTestsOptions(configOf(yaml)),
  project: 41,
  path: 'meadow/orchard',
  now: 1_772_442_300,
  pipeline: {
    id: 900,
    status: 'running',
    sha: 'b1946ac9',
    url: 'https://gitlab.test/meadow/orchard/-/pipelines/900',
    origin: 6,
  },
  attempt: { job: 5001, latest: latest(), tests: null },
  stopped: false,
  mergeRequest: { iid: 6, headPipeline: 900, hasNotes: false },
  reportedBy: null,
  judged: null,
  history: {},
  explained: {},
  retried: [],
  unread: [],
  latestOnly: [],
  refused: [],
  retries: [],
  issues: null,
  ...change,
})

/** The same when the pipeline is over. */
export const endedFacts = (change: Partial<FlakyTestsFacts> = {}, yaml = ''): FlakyTestsFacts => {
  const facts = flakyFacts({ attempt: null, ...change }, yaml)
  return { ...facts, pipeline: { ...facts.pipeline, status: 'failed' } }
}
