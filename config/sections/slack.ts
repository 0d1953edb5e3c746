import { z } from 'zod'
import { conditionNames, duration, flag, names, paths, section, text } from './common.ts'

const DEFAULT_CHANNEL = '$SLACK_CHANNEL'
/** Stands for a direct message to the author of the commit. */
export const AUTHOR_CHANNEL = '$AUTHOR'

const channel = text.refine((name) => !name.startsWith('$') || [DEFAULT_CHANNEL, AUTHOR_CHANNEL].includes(name), {
  error: `only ${DEFAULT_CHANNEL} and ${AUTHOR_CHANNEL} are replaced in a channel`,
})

const mention = z.string().regex(/^(?:here|channel|everyone|author|[UWS][A-Z0-9]{2,20})$/, {
  error: 'expected here, channel, everyone, author, or the id of a person (U012AB3CD) or of a group (S012AB3CD)',
})

const expectation = section({
  every: duration('26h')
    .refine((every) => every > 0, { error: 'expected more than no time' })
    .describe('Tell when this long has passed since the last run'),
})

const route = section({
  channel: channel.describe(
    `Name or id of the channel; ${DEFAULT_CHANNEL} is the one of the environment, ${AUTHOR_CHANNEL} a direct message to the author of the commit`,
  ),
  when: conditionNames([]).describe('Conditions, any of which the pipeline must meet; empty: every pipeline'),
  on: z
    .array(z.enum(['failed', 'recovered', 'passed']))
    .min(1)
    .default(['failed', 'recovered'])
    .describe('What is told; passed tells of every pipeline that succeeds'),
  projects: paths(['**']).describe('Paths of the projects this route is for'),
  jobs: names([]).describe('Only if one of these jobs failed; empty: whatever failed'),
  mention: z
    .array(mention)
    .default([])
    .describe('Who is mentioned: here, channel, everyone, author, or ids such as U012AB3CD or S012AB3CD'),
  expect: expectation
    .nullable()
    .default(null)
    .describe('Pipelines that this route is for are expected to run; the channel is told when none did'),
  all: flag(false).describe('Whether the routes below are tried as well'),
}).refine(({ channel: to, expect }) => expect === null || to !== AUTHOR_CHANNEL, {
  path: ['expect'],
  error: `nobody is the author of a pipeline that did not run: name a channel instead of ${AUTHOR_CHANNEL}`,
})

const DEFAULT_ROUTE: z.input<typeof route> = {
  channel: DEFAULT_CHANNEL,
  when: ['default_branch', 'schedule'],
  on: ['failed', 'recovered'],
}

export const slackSchema = section({
  routes: z.array(route).prefault([DEFAULT_ROUTE]).describe('The first that fits wins'),
  remind_after: duration('24h').describe(
    'A reminder in the thread each time it is still red after this long; 0s: none',
  ),
  group_wait: duration('20s').describe(
    'How long to wait after a failure before reading it, so that retries and other failures are in the same message',
  ),
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

export const channelsOf = ({ routes }: SlackOptions): string[] => routes.flatMap(({ channel }) => channel ?? [])

const writtenRoutes = z.object({ routes: z.array(z.looseObject({ channel: z.string() })) })

/** Channels of a section as it is written in an override, which has no defaults of its own. */
export function channelsIn(slack: unknown, environmentChannel: string | null): string[] {
  const { data } = writtenRoutes.safeParse(slack)
  return (data?.routes ?? []).flatMap(({ channel }) =>
    channel === DEFAULT_CHANNEL ? (environmentChannel ?? []) : channel,
  )
}
