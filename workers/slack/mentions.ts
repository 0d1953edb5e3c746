/** The mentions of a route in Slack's own writing: what a configuration names, never what a pipeline says. */

const groups = new Set(['here', 'channel', 'everyone'])

/** @param author Slack id of the commit's author; null: nobody to mention */
export const mentions = (wanted: readonly string[], author: string | null): string =>
  wanted
    .map((mention) => mentionOf(mention, author))
    .filter(Boolean)
    .join(' ')

function mentionOf(mention: string, author: string | null): string {
  if (groups.has(mention)) return `<!${mention}>`
  if (mention === 'author') return author ? `<@${author}>` : ''
  return mention.startsWith('S') ? `<!subteam^${mention}>` : `<@${mention}>`
}
