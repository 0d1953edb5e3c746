import type { ProjectConfig } from '../config/schema.ts'
import type { Reaction } from '../src/reaction.ts'
import { failFast } from './fail-fast/index.ts'
import { flakyTests } from './flaky-tests/index.ts'

/** Every reaction of the bot: a new one is registered by a line here. */
export const createReactions = (configFor: (projectPath: string) => ProjectConfig): Reaction[] => [
  failFast(configFor),
  flakyTests(configFor),
]
