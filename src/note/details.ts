import { inertHtml } from './inert.ts'

/**
 * A collapsed part.
 *
 * @param summary Plain text, made inert here: GitLab reads no Markdown in it.
 * @param markdown What a report made; a blank line after the summary is what makes GitLab read it as Markdown.
 */
export const details = (summary: string, markdown: string): string =>
  `<details>\n<summary>${inertHtml(summary)}</summary>\n\n${markdown.trim()}\n\n</details>`
