import { inertCode, inertText } from '../../src/note/inert.ts'
import { bulletList } from '../../src/note/wording.ts'
import type { Told } from './facts.ts'
import type { CommandName } from './parse.ts'

type Answered = { by: string; text: string; says: string; more: string }

export const answer = ({ by, text, says, more }: Answered): string =>
  [`${inertCode(text)}, asked for by ${inertText(by)}: ${inertText(says)}.`, more].filter(Boolean).join('\n\n')

const meanings: Record<CommandName, string> = {
  help: 'lists the commands',
  run: 'starts a new pipeline of the merge request',
  retry: 'retries the failed jobs of its newest pipeline',
  cancel: 'cancels its running pipelines',
  explain: 'tells what was decided here and why',
  undo: 'retries the jobs that were stopped because a fail-fast job failed',
}

export const helpList = (botName: string): string =>
  bulletList(Object.entries(meanings).map(([name, meaning]) => `${inertCode(`@${botName} ${name}`)} ${meaning}`))

export const explanation = (told: readonly Told[]): string => bulletList(told.map(line))

function line({ at, reaction, because, actions }: Told): string {
  const time = `${new Date(at).toISOString().slice(0, 16).replace('T', ' ')} UTC`
  const shown = actions.filter(({ type }) => type !== 'remember')
  const what = shown.map(({ type, result }) => `${inertCode(type)} ${result ?? 'still to be done'}`).join(', ')
  return `${inertCode(time)} ${inertCode(reaction)}: ${inertText(because)}${what === '' ? '' : ` → ${what}`}`
}
