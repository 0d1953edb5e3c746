import { z } from 'zod'
import { conditionNames, duration, flag, names, paths, section, text } from './common.ts'

const DEFAULT_CHANNEL = '$SLACK_CHANNEL'

const channel = text.refine((name) => !name.startsWith('$') || name === DEFAULT_CHANNEL, {
  error: `only ${DEFAULT_CHANNEL} is replaced in a channel`,
})

const route = section({
  channel: channel.describe(`Name or id of the channel; ${DEFAULT_CHANNEL} is the one of the environment`),
  when: conditionNames([]).describe('Conditions, any of which the pipeline must meet; empty: every pipeline'),
  on: z
    .array(z.enum(['failed', 'recovered']))
    .min(1)
    .default(['failed', 'recovered'])
    .describe('What is told'),
  projects: paths(['**']).describe('Paths of the projects this route is for'),
  jobs: names([]).describe('Only if one of these jobs failed; empty: whatever failed'),
  mention: z.array(text).default([]).describe('Who is mentioned: ids such as U012AB3CD or S012AB3CD, here, channel'),
  all: flag(false).describe('Whether the routes below are tried as well'),
})

const DEFAULT_ROUTE: z.input<typeof route> = {
  channel: DEFAULT_CHANNEL,
  when: ['default_branch', 'schedule'],
  on: ['failed', 'recovered'],
}

export const slackSchema = section({
  routes: z.array(route).prefault([DEFAULT_ROUTE]).describe('The first that fits wins'),
  remind_after: duration('24h').describe('A reminder in the thread when it is still red after this long'),
  group_wait: duration('20s').describe('How long to collect failures before the first message'),
})

type ParsedSlack = z.output<typeof slackSchema>

/** `channel` null: the route wants the channel of the environment, which is not set, so it is silent. */
type SlackRoute = Omit<ParsedSlack['routes'][number], 'channel'> & { channel: string | null }
export type SlackOptions = Omit<ParsedSlack, 'routes'> & { routes: SlackRoute[] }

/** Puts the channel of the environment into the routes that ask for it. */
export const withChannel = (slack: ParsedSlack, environmentChannel: string | null): SlackOptions => ({
  ...slack,
  routes: slack.routes.map((entry) => ({
    ...entry,
    channel: entry.channel === DEFAULT_CHANNEL ? environmentChannel : entry.channel,
  })),
})
