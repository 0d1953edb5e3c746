import type { z } from 'zod'
import { conditionNames, duration, flag, labels, names, section } from './common.ts'

export const failFastSchema = section({
  enabled: flag(true).describe('Whether a failed fail-fast job stops its pipeline'),
  jobs: names(['*fail-fast*']).describe('Jobs whose failure dooms the pipeline'),
  pipelines: conditionNames(['merge_request']).describe(
    'Conditions, any of which the pipeline must meet; default branches, tags and protected refs only if named here',
  ),
  never_interrupt_jobs: names(['dont-interrupt-me']).describe(
    'While one of these jobs runs, waits or has succeeded, the pipeline is left alone',
  ),
  skip_labels: labels(['pipeline:skip-fail-fast', 'pipeline:skip-rspec-fail-fast']).describe(
    'Labels of a merge request that keep its pipelines going',
  ),
  settle: duration('2s').describe(
    "How long to wait before reading the truth, so that GitLab's own retry becomes visible",
  ),
  note: flag(true).describe('Whether the merge request is told what was stopped and why'),
})

export type FailFastOptions = z.output<typeof failFastSchema>
