import type { ProjectConfig } from '../../config/schema.ts'

/** What the coverage decision depends on; `retry` and `settle` because a job that gets another try is waited for. */
export type UndercoverageOptions = Pick<ProjectConfig, 'undercoverage' | 'retry'>

export const undercoverageOptions = ({ undercoverage, retry }: ProjectConfig): UndercoverageOptions => ({
  undercoverage,
  retry,
})
