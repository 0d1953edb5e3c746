import type { ProjectConfig } from '../../config/schema.ts'
import type { StepOptions } from '../steps/facts.ts'

/** What the decisions about labels and approvals depend on. */
export type LabelOptions = Pick<
  ProjectConfig,
  'labelActions' | 'debounce' | 'approvals' | 'patterns' | keyof StepOptions
>

export type Entry = LabelOptions['labelActions'][number]

export const labelOptions = (config: ProjectConfig): LabelOptions => {
  const { labelActions, debounce, approvals, patterns, failFast, retry, undercoverage } = config
  return { labelActions, debounce, approvals, patterns, failFast, retry, undercoverage }
}
