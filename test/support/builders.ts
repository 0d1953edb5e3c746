import { parseConfig } from '../../config/load.ts'
import type { ProjectConfig } from '../../config/schema.ts'
import type { JobEvent } from '../../src/event.ts'
import type { Job, PipelineBasic } from '../../src/gitlab/types.ts'

/** What holds for a project with this text as configuration file. */
export const configOf = (yaml = ''): ProjectConfig => parseConfig(yaml, 'test.yaml').configFor('meadow/orchard')

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
  pipeline: 900,
  ref: 'refs/merge-requests/6/head',
  tag: false,
  mergeRequest: 6,
  sha: 'b1946ac92492d2347c6235b4d2611184b1946ac9',
  ...change,
})
