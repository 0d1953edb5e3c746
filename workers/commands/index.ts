import type { ProjectConfig } from '../../config/schema.ts'
import type { NoteEvent } from '../../src/event.ts'
import type { Reaction } from '../../src/reaction.ts'
import { decide } from './decide.ts'
import type { CommandFacts } from './facts.ts'
import { gather } from './gather.ts'
import { commandsOptions } from './options.ts'

/** Does what a Developer asks for in a comment on a merge request. */
export const commands = (configFor: (projectPath: string) => ProjectConfig): Reaction<NoteEvent, CommandFacts> => ({
  name: 'commands',
  on: ['note'],
  // Whom a line speaks to is known to the workers alone: the receiver does not wait for the bot's name.
  when({ project, mergeRequest, action, user, addressed }) {
    const isNew = mergeRequest !== null && action === 'create' && user !== null
    return isNew && addressed.length > 0 && configFor(project.path).commands.enabled
  },
  fact: (event) => `commands/${event.note}`,
  gather: (event, read) => gather(event, read, commandsOptions(configFor(event.project.path))),
  decide,
})
