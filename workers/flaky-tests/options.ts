import type { ProjectConfig } from '../../config/schema.ts'

/** What the flaky-tests decision depends on; a section of the configuration each. */
export type FlakyTestsReactionOptions = Pick<ProjectConfig, 'retry' | 'flakyTests'>

export const flakyTestsOptions = ({ retry, flakyTests }: ProjectConfig): FlakyTestsReactionOptions => ({
  retry,
  flakyTests,
})
