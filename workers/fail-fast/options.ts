import type { ProjectConfig } from '../../config/schema.ts'

/** What the fail-fast decision depends on; a section of the configuration each. */
export type FailFastOptions = Pick<ProjectConfig, 'failFast' | 'retry' | 'flakyTests' | 'conditions'>

export const failFastOptions = ({ failFast, retry, flakyTests, conditions }: ProjectConfig): FailFastOptions => ({
  failFast,
  retry,
  flakyTests,
  conditions,
})
