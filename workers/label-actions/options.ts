import type { ProjectConfig } from '../../config/schema.ts'

/** What the decisions about labels and approvals depend on. */
export type LabelOptions = Pick<
  ProjectConfig,
  'labelActions' | 'debounce' | 'approvals' | 'patterns' | 'failFast' | 'retry'
>

export type Entry = LabelOptions['labelActions'][number]

export const labelOptions = (config: ProjectConfig): LabelOptions => {
  const { labelActions, debounce, approvals, patterns, failFast, retry } = config
  return { labelActions, debounce, approvals, patterns, failFast, retry }
}
