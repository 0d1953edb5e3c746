/** An issue that the bot keeps up to date. */
export type KeptIssue = {
  project: number
  /** The project that it is about. */
  origin: { id: number; path: string }
  /** Its own line in the description, by which it is found again among the bot's issues. */
  marker: string
  title: string
  /** Markdown without the marker; text from outside is already inert. */
  description: string
  labels: string[]
  state: 'opened' | 'closed'
}

/** An HTML comment; `key` holds nothing that would end it. */
export const issueMarker = (kind: string, key: string): string => `<!-- pipewarden:${kind} ${key} -->`
