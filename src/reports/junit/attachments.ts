const marker = /\[\[ATTACHMENT\|([^[\]|]{1,1000})\]\]/g
const retryFolder = /-retry\d{1,3}[/\\]/
const longest = 1024

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
      const open = Math.max(text.lastIndexOf('[['), text.endsWith('[') ? text.length - 1 : -1)
      tail = open >= 0 && text.length - open <= longest ? text.slice(open) : ''
      if (tail.includes(']]')) tail = ''
    },
    first: () => first,
    retried: () => retried,
  }
}
