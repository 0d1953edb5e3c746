import type { ProjectConfig } from '../../config/schema.ts'

/** What the flaky-tests decision depends on; a section of the configuration each. */
export type FlakyTestsReactionOptions = Pick<ProjectConfig, 'retry' | 'flakyTests' | 'failFast'>

export const flakyTestsOptions = ({ retry, flakyTests, failFast }: ProjectConfig): FlakyTestsReactionOptions => ({
  retry,
  flakyTests,
  failFast,
})
