import type { ProjectConfig } from '../../config/schema.ts'

export type CommandsOptions = Pick<ProjectConfig, 'commands' | 'failFast' | 'retry'>

export const commandsOptions = ({ commands, failFast, retry }: ProjectConfig): CommandsOptions => ({
  commands,
  failFast,
  retry,
})
