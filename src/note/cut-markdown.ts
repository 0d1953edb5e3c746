const CUT = '*The rest is left out: GitLab allows no longer note.*'

/** Markdown as a report makes it is open in these ways only: in a fence, or in so many collapsed parts. */
type Open = { fence: string | null; details: number }

/**
 * At most `maxChars` UTF-16 units, cut at the end of a line, with fences and collapsed parts closed, and saying so.
 */
export const cutMarkdown = (markdown: string, maxChars: number): string => {
  if (markdown.length <= maxChars) return markdown
  const lines: string[] = []
  let open: Open = { fence: null, details: 0 }
  let length = 0
  for (const line of markdown.split('\n')) {
    const next = step(open, line)
    length += line.length + 1
    if (length + ending(next).length > maxChars) break
    lines.push(line)
    open = next
  }
  return lines.join('\n') + ending(open)
}

const step = ({ fence, details }: Open, line: string): Open => {
  const text = line.trim()
  if (fence !== null) return { fence: text === fence.trim() ? null : fence, details }
  // With its indentation: in a list, a closing fence without it would open another one.
  const [opened = null] = /^\s*`{3,}(?=[^`]*$)/.exec(line) ?? []
  if (opened !== null) return { fence: opened, details }
  if (text === '<details>') return { fence, details: details + 1 }
  if (text === '</details>') return { fence, details: details - 1 }
  return { fence, details }
}

const ending = ({ fence, details }: Open): string =>
  [fence === null ? '' : `\n${fence}`, '\n\n</details>'.repeat(Math.max(0, details)), `\n\n${CUT}`].join('')
