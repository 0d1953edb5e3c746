import { afterEach } from 'vitest'
import type { Running } from '../../src/index.ts'
import { type BotOptions, eventually, startBot, webhookSecret } from './bot.ts'
import type { Place } from './place.ts'

/** A decision as the page shows it. */
export type ShownDecision = {
  reaction: string
  because: string
  outcome: string
  event: { kind: string; job?: number }
  actions: { type: string; outcome: { result: string; detail?: string } | null }[]
}

/** What decisions are asked for by. */
type About = { pipeline: number } | { merge_request: number }

export type Bots = ReturnType<typeof useBots>

/** The bot, as often as a test starts it; every one is ended with the test. @param settings of all of them */
export function useBots(place: Place, settings: () => Partial<BotOptions> = () => ({})) {
  let bots: Running[] = []

  async function close(...some: Running[]): Promise<void> {
    const ending = some.length > 0 ? some : bots
    bots = bots.filter((bot) => !ending.includes(bot))
    await Promise.all(ending.map((bot) => bot.close()))
  }

  afterEach(() => close())

  const url = () => bots.at(-1)?.url ?? ''
  const hookOf = (bot: Pick<Running, 'url'>) => ({ url: `${bot.url}/webhooks/gitlab`, token: webhookSecret })

  /** Resolves once it is ready, if it can be by itself. */
  async function start(options: Partial<BotOptions> = {}): Promise<Running> {
    const { gitlab, token, redis } = place
    const bot = await startBot({ gitlab, token, redis, ...settings(), ...options })
    bots.push(bot)
    const isReady = (response: Response) => response.ok || options.roles?.worker === false
    await eventually(() => fetch(`${bot.url}/readyz`), isReady)
    return bot
  }

  async function decisions(about: About, reaction: string): Promise<ShownDecision[]> {
    const query = new URLSearchParams({ project: String(place.project.id) })
    for (const [name, id] of Object.entries(about)) query.set(name, String(id))
    const all = (await (await fetch(`${url()}/api/v1/decisions?${query}`)).json()) as ShownDecision[]
    return all.filter((decision) => decision.reaction === reaction)
  }

  return {
    /** Of the bot that was started last. */
    url,
    hookOf,
    start,
    /** Ends these, or all. */
    close,
    decisions,
    /** The bot with a hook that leads to it. */
    async run(options: Partial<BotOptions> = {}): Promise<Running> {
      const bot = await start(options)
      place.gitlab.addHook(place.project, hookOf(bot))
      return bot
    },
    /** The decisions of a reaction, newest first, once there are so many and all of them are performed. */
    decided: (about: About, reaction: string, count = 1): Promise<ShownDecision[]> =>
      eventually(
        () => decisions(about, reaction),
        (found) => found.length >= count && found.every(({ outcome }) => outcome !== 'being performed'),
      ),
  }
}
