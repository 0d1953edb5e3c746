import { type Action, act, type Decision, skip } from '../../src/action.ts'
import { plural } from '../../src/note/wording.ts'
import { isAboutHead, withoutPrivileged } from '../steps/authority.ts'
import { planSteps } from '../steps/plan.ts'
import { commandSteps } from './command-steps.ts'
import type { CommandFacts, Obeyed } from './facts.ts'
import { answer, explanation, helpList } from './report.ts'
import { countsSince, type Refusal, spokenAgainst } from './rules.ts'
import { undo } from './undo.ts'

/** Pure: the same facts always give the same decision. */
export function decide(facts: CommandFacts): Decision {
  const { command, event, bot } = facts
  if (!command) return skip('the comment speaks to somebody else')
  if (!event.user || event.user.id === bot.id) return skip('no person wrote the comment')
  const against = spokenAgainst(facts)
  if (against) return refuse(facts, against)
  const { says, actions = [], more = '' } = obey(facts)
  return act(
    `${event.user.username} asked for ${command.text}: ${says}`,
    ...remember(facts),
    award(facts, 'thumbsup'),
    // What GitLab refuses is told in the answer, which comes after it.
    ...actions.map((action) => ({ ...action, mayBeRefused: true as const })),
    ...tell(facts, says, more),
  )
}

/** Those who are over the limit get a sign, and are not counted again. */
function refuse(facts: CommandFacts, { because, emoji, inWords }: Refusal): Decision {
  if (!inWords) return act(because, award(facts, emoji))
  return act(because, ...remember(facts), award(facts, emoji), ...tell(facts, because, helpList(facts.bot.username)))
}

function obey(facts: CommandFacts): Obeyed {
  switch (facts.command?.name) {
    case 'run':
    case 'retry':
    case 'cancel':
      return takeSteps(facts)
    case 'undo':
      return undo(facts)
    case 'explain':
      return explain(facts)
    default:
      return { says: 'these are the commands', more: helpList(facts.bot.username) }
  }
}

function takeSteps({ command, steps: read, event, state, fork = false, options }: CommandFacts): Obeyed {
  if (command?.name === 'run' && state !== 'opened')
    return { says: `no pipeline is started, the merge request is ${state}` }
  if (!read) return { says: 'nothing was read about the merge request' }
  const asked = commandSteps(command)
  const steps = fork && !isAboutHead(read.sha, event) ? withoutPrivileged(asked) : asked
  if (steps.length < asked.length) return { says: pushedSince }
  const { says, actions } = planSteps(steps, { facts: read, options, since: null, event: null })
  return { says: says.join('; '), actions }
}

const pushedSince = 'commits were pushed to the fork since then, so nothing is started; who has seen them may ask again'

function explain({ told = [] }: CommandFacts): Obeyed {
  if (told.length === 0) return { says: 'nothing was decided about this merge request in the last 30 days' }
  return {
    says: `the last ${plural(told.length, 'decision')} about this merge request, newest first`,
    more: explanation(told),
  }
}

/** First of all: others that are decided about at this moment may have reached the limit. */
function remember({ project, event, options }: CommandFacts): Action[] {
  if (!event.user) return []
  const { user, note, at } = event
  const limit = { since: countsSince(event), atMost: options.commands.perHour }
  return [{ type: 'remember', project, memory: { kind: 'command', user: user.id, note, at, ...limit } }]
}

const award = ({ project, event }: CommandFacts, name: string): Action => ({
  type: 'award_emoji',
  project,
  mergeRequest: event.mergeRequest ?? 0,
  note: event.note,
  name,
  mayBeRefused: true,
})

/** All who see the merge request see the answer, which repeats the command: what was said among few gets a sign alone. */
function tell({ project, event, command }: CommandFacts, says: string, more: string): Action[] {
  if (event.internal) return []
  const markdown = answer({ by: event.user?.username ?? '', text: command?.text ?? '', says, more })
  return [{ type: 'write_answer', project, mergeRequest: event.mergeRequest ?? 0, note: event.note, markdown }]
}
