const commandNames = ['help', 'retry', 'run', 'cancel', 'explain', 'undo'] as const
export type CommandName = (typeof commandNames)[number]

/** `name` is null for anything that is no command; `text` is what was said to the bot. */
export type Command = { name: CommandName | null; text: string }

const isCommandName = (word: string): word is CommandName => (commandNames as readonly string[]).includes(word)

/** The first line that speaks to the bot; null: none does. GitLab's user names know no case. */
export function parseCommand(lines: readonly string[], botName: string): Command | null {
  const mention = `@${botName}`.toLowerCase()
  for (const line of lines) {
    const [first = '', ...words] = line.trim().split(/\s+/)
    if (first.toLowerCase().replace(/[:,]$/, '') !== mention) continue
    const name = (words[0] ?? 'help').toLowerCase()
    return { name: isCommandName(name) ? name : null, text: words.join(' ') || 'help' }
  }
  return null
}
