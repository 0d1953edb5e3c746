import { plural } from '../../src/note/wording.ts'
import { isDeveloper } from '../steps/authority.ts'
import type { CommandFacts } from './facts.ts'

const hour = 3_600_000

/** Since when commands of the same person count, in milliseconds since the epoch: the same whenever it is asked. */
export const countsSince = ({ at }: Pick<CommandFacts['event'], 'at'>): number => at - hour

/** Why the bot does not do what it was asked, how it shows that, and whether it says so in words. */
export type Refusal = { because: string; emoji: string; inWords: boolean }

/** As far as facts were read; null: nothing speaks against the command. */
export function spokenAgainst({ options, used, role, command, bot }: CommandFacts): Refusal | null {
  const { perHour } = options.commands
  if (used !== undefined && used >= perHour) {
    // A word for each would be what the limit is there to prevent.
    return {
      because: `${plural(used, 'command')} in an hour are enough for one person`,
      emoji: 'hourglass',
      inWords: false,
    }
  }
  if (role !== undefined && !isDeveloper({ role })) {
    return { because: 'commands are for Developers of this project', emoji: 'no_entry_sign', inWords: true }
  }
  if (command && !command.name) {
    return { because: `"${command.text}" is no command of @${bot.username}`, emoji: 'question', inWords: true }
  }
  return null
}
