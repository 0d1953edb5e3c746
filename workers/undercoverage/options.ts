import type { ProjectConfig } from '../../config/schema.ts'

/** What the coverage decision depends on; `retry` because a job that gets another try is waited for. */
export type UndercoverageOptions = Pick<ProjectConfig, 'undercoverage' | 'retry'>

/** What reading depends on beyond that: whether a failure is one of tests that are known to be flaky. */
export type GatherOptions = UndercoverageOptions & Pick<ProjectConfig, 'flakyTests'>

export const undercoverageOptions = ({ undercoverage, retry, flakyTests }: ProjectConfig): GatherOptions => ({
  undercoverage,
  retry,
  flakyTests,
})
