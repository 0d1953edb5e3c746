import type { ProjectConfig } from '../../config/schema.ts'

export { AUTHOR_CHANNEL as authorChannel } from '../../config/sections/slack.ts'

/** What the messages depend on; a section of the configuration each. */
export type SlackReactionOptions = Pick<ProjectConfig, 'slack' | 'conditions'>

export const slackReactionOptions = ({ slack, conditions }: ProjectConfig): SlackReactionOptions => ({
  slack,
  conditions,
})

export type Route = SlackReactionOptions['slack']['routes'][number]

/** What a route may want to hear of. */
export type Occasion = Route['on'][number]
