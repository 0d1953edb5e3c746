import type { ProjectConfig } from '../config/schema.ts'
import type { Reaction } from '../src/reaction.ts'
import { commands } from './commands/index.ts'
import { failFast } from './fail-fast/index.ts'
import { flakyTests } from './flaky-tests/index.ts'
import { labelActions } from './label-actions/index.ts'
import { slack } from './slack/index.ts'
import type { SlackMemory } from './slack/memory.ts'
import { undercoverage } from './undercoverage/index.ts'

/**
 * Every reaction of the bot: a new one is registered by a line here.
 *
 * @param slackMemory null: Slack is not configured, so nothing is to be told there
 */
export const createReactions = (
  configFor: (projectPath: string) => ProjectConfig,
  slackMemory: SlackMemory | null = null,
): Reaction[] => [
  failFast(configFor),
  flakyTests(configFor),
  undercoverage(configFor),
  labelActions(configFor),
  commands(configFor),
  ...(slackMemory ? [slack(configFor, slackMemory)] : []),
]
