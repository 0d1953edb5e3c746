/** A note as it reads on a page, roughly: links become their text, hidden things stay hidden. */
export const noteText = (markdown: string): string[] =>
  markdown
    .replaceAll(/<!--[^>]*-->/g, '')
    .replaceAll(/\[([^[\]]*)\]\([^()\s]*\)/g, '$1')
    .replaceAll(/<\/?(details|summary)>/g, (tag) => (tag === '<summary>' ? '▸ ' : ''))
    .split('\n')
    .map((line) => line.trimEnd())
    .filter((line) => line !== '')
