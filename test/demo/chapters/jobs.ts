import type { JobSpec } from '../../support/fake-gitlab/specs.ts'

/** The quick job that tells early whether the rest is worth waiting for. */
export const failFastJob: JobSpec = {
  name: 'rspec fail-fast',
  stage: 'test',
  status: 'running',
  testReport: [
    { name: 'adds up', classname: 'Basket', status: 'failed', output: 'expected 3 apples, got 4' },
    { name: 'is empty at first', classname: 'Basket', status: 'success' },
  ],
}

export const eightJobs: JobSpec[] = Array.from({ length: 8 }, (_, index) => ({
  name: `rspec ${index + 1}/8`,
  stage: 'test',
  status: 'running',
}))
