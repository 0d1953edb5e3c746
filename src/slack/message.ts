/** Slack's Block Kit, as far as messages of ours use it (https://docs.slack.dev/reference/block-kit). */

/** `verbatim`: Slack makes no links and no mentions out of plain words, only out of what stands in `<…>`. */
export type SlackText = { type: 'mrkdwn'; text: string; verbatim: true }

/** Only opens a page, so the bot needs no address that Slack can reach. */
type SlackButton = {
  type: 'button'
  action_id: string
  text: { type: 'plain_text'; text: string }
  url: string
}

export type SlackBlock =
  | { type: 'section'; text: SlackText }
  | { type: 'section'; fields: SlackText[] }
  | { type: 'context'; elements: SlackText[] }
  | { type: 'actions'; elements: SlackButton[] }

/** `text` is for notifications and for readers that show no blocks. */
export type SlackMessage = { text: string; blocks: SlackBlock[] }

/** Characters; Slack refuses a message whole when one text is longer. */
export const limits = { section: 3_000, field: 2_000, fields: 10, blocks: 50, url: 3_000 } as const

const markdown = (text: string): SlackText => ({ type: 'mrkdwn', text, verbatim: true })

export const section = (text: string): SlackBlock => ({ type: 'section', text: markdown(text) })

export const fields = (texts: readonly string[]): SlackBlock => ({
  type: 'section',
  fields: texts.slice(0, limits.fields).map(markdown),
})

export const context = (text: string): SlackBlock => ({ type: 'context', elements: [markdown(text)] })

/** Links as buttons; those whose address is no plain http or https one are left out. */
export function buttons(links: readonly { label: string; url: string }[]): SlackBlock[] {
  const usable = links.filter(({ url }) => url.length <= limits.url && /^https?:\/\//.test(url) && URL.canParse(url))
  if (usable.length === 0) return []
  const elements = usable.map(
    ({ label, url }, index): SlackButton => ({
      type: 'button',
      action_id: `open-${index}`,
      text: { type: 'plain_text', text: label },
      url,
    }),
  )
  return [{ type: 'actions', elements }]
}
