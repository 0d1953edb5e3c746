import { parseConfig } from '../../config/load.ts'
import type { ProjectConfig } from '../../config/schema.ts'
import type { JobEvent, PipelineEvent } from '../../src/event.ts'
import type { Job, PipelineBasic } from '../../src/gitlab/types.ts'
import { type Traits, traitsOf } from '../../src/traits.ts'
import type { FailedTest, FailFastFacts } from '../../workers/fail-fast/facts.ts'
import { failFastOptions } from '../../workers/fail-fast/options.ts'

/** What holds for a project with this text as configuration file. */
const configs = new Map<string, ProjectConfig>()

/** Parsed once for each text: facts are made by the thousand. */
export function configOf(yaml = ''): ProjectConfig {
  const config = configs.get(yaml) ?? parseConfig(yaml, 'test.yaml').configFor('meadow/orchard')
  configs.set(yaml, config)
  return config
}

export const pipelineBasic = (change: Partial<PipelineBasic> = {}): PipelineBasic => ({
  id: 900,
  iid: 9,
  project: 41,
  sha: 'b1946ac92492d2347c6235b4d2611184b1946ac9',
  ref: 'refs/merge-requests/6/head',
  status: 'running',
  source: 'merge_request_event',
  url: 'https://gitlab.test/meadow/orchard/-/pipelines/900',
  createdAt: '2026-03-02T09:00:00Z',
  ...change,
})

export const ciJob = (change: Partial<Job> = {}): Job => ({
  id: 5001,
  name: 'rspec fail-fast',
  stage: 'test',
  status: 'failed',
  ref: 'refs/merge-requests/6/head',
  tag: false,
  allowFailure: false,
  failureReason: change.status === undefined || change.status === 'failed' ? 'script_failure' : null,
  url: 'https://gitlab.test/meadow/orchard/-/jobs/5001',
  createdAt: '2026-03-02T09:00:00Z',
  startedAt: '2026-03-02T09:00:10Z',
  finishedAt: null,
  duration: null,
  user: null,
  artifacts: [],
  artifactsExpireAt: null,
  pipeline: pipelineBasic(),
  ...change,
})

export const jobEvent = (change: Partial<JobEvent> = {}): JobEvent => ({
  kind: 'job',
  at: Date.parse('2026-03-02T09:05:00Z'),
  project: { id: 41, path: 'meadow/orchard', defaultBranch: 'main' },
  job: 5001,
  name: 'rspec fail-fast',
  stage: 'test',
  status: 'failed',
  allowFailure: false,
  failureReason: 'script_failure',
  retries: 0,
  pipeline: 900,
  ref: 'refs/merge-requests/6/head',
  tag: false,
  mergeRequest: 6,
  sha: 'b1946ac92492d2347c6235b4d2611184b1946ac9',
  upstream: null,
  ...change,
})

/** A pipeline of merge request !6 that passed. */
export const passedPipeline = (change: Partial<PipelineEvent> = {}): PipelineEvent => ({
  kind: 'pipeline',
  at: 0,
  project: { id: 41, path: 'meadow/orchard', defaultBranch: 'main' },
  pipeline: 901,
  status: 'success',
  finishedAt: 0,
  source: 'merge_request_event',
  ref: 'ripe-apples',
  tag: false,
  sha: 'abc',
  mergeRequest: 6,
  targetProject: 41,
  newestJob: 5009,
  upstream: null,
  ...change,
})

/** A pipeline of merge request !6, as conditions see it. */
export const traits = (change: Partial<Parameters<typeof traitsOf>[0]> = {}): Traits =>
  traitsOf({
    projectPath: 'meadow/orchard',
    source: 'merge_request_event',
    ref: 'refs/merge-requests/6/head',
    tag: false,
    defaultBranch: 'main',
    protectedRef: null,
    mergeRequest: { iid: 6, labels: [], targetBranch: 'main', sourceBranch: 'ripe-apples', fork: false },
    variables: null,
    ...change,
  })

export const failedTest = (change: Partial<FailedTest> = {}): FailedTest => ({
  name: 'Basket adds up',
  message: 'expected 3, got 4',
  knownFlaky: false,
  ...change,
})

/** Facts by which the pipeline is stopped: job 5001 failed for good and nothing speaks against it. */
export const failFastFacts = (change: Partial<FailFastFacts> = {}): FailFastFacts => ({
  options: failFastOptions(configOf()),
  project: 41,
  job: 5001,
  latest: latestJob(),
  pipeline: {
    id: 900,
    status: 'running',
    sha: 'b1946ac92492d2347c6235b4d2611184b1946ac9',
    ref: 'refs/merge-requests/6/head',
    url: 'https://gitlab.test/meadow/orchard/-/pipelines/900',
  },
  left: { count: 2, names: ['rspec 1/2', 'rspec 2/2'] },
  neverInterrupt: [],
  mergeRequest: {
    iid: 6,
    labels: [],
    sha: 'b1946ac92492d2347c6235b4d2611184b1946ac9',
    headPipeline: 900,
    hasNotes: false,
  },
  traits: traits(),
  deploying: [],
  downstream: [],
  failedTests: [failedTest()],
  savedSeconds: 600,
  ...change,
})

export const latestJob = (change: Partial<NonNullable<FailFastFacts['latest']>> = {}) => ({
  id: 5001,
  name: 'rspec fail-fast',
  status: 'failed' as const,
  allowFailure: false,
  failureReason: 'script_failure',
  url: 'https://gitlab.test/meadow/orchard/-/jobs/5001',
  attempts: 1,
  tracePattern: null,
  ...change,
})
