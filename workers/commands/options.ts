import type { ProjectConfig } from '../../config/schema.ts'
import type { StepOptions } from '../steps/facts.ts'

export type CommandsOptions = Pick<ProjectConfig, 'commands' | keyof StepOptions>

export const commandsOptions = ({ commands, failFast, retry, undercoverage }: ProjectConfig): CommandsOptions => ({
  commands,
  failFast,
  retry,
  undercoverage,
})
