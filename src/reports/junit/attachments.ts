const marker = /\[\[ATTACHMENT\|([^[\]|]{1,1000})\]\]/g
const retryFolder = /-retry\d{1,3}[/\\]/
const longest = 1024

/** A marker at the end of a piece that the next piece may close. */
const openEnd = (text: string): string => {
  const closed = text.lastIndexOf(']]')
  const rest = closed < 0 ? text : text.slice(closed + 2)
  const open = rest.lastIndexOf('[[')
  if (open < 0) return rest.endsWith('[') ? '[' : ''
  return rest.length - open > longest ? '' : rest.slice(open)
}

/** Finds GitLab's `[[ATTACHMENT|path]]` in output that comes in pieces and is kept nowhere. */
export const createAttachmentFinder = () => {
  let tail = ''
  let first: string | null = null
  let retried = false

  return {
    push(piece: string): void {
      if (tail === '' && !piece.includes('[')) return
      const text = tail + piece
      for (const [, path = ''] of text.matchAll(marker)) {
        first ??= Buffer.from(path.trim()).toString()
        retried ||= retryFolder.test(path)
      }
      tail = openEnd(text)
    },
    first: () => first,
    retried: () => retried,
  }
}
