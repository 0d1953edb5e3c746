/** Walks over a text line by line without making an array of it; a line ends at "\n" alone. */
export type LineCursor = {
  /** The line at hand without its ending "\r", or null at the end of the text. */
  peek(): string | null
  next(): string | null
  /** 1-based number of the line at hand. */
  readonly number: number
}

export function lineCursor(text: string): LineCursor {
  let at = text.charCodeAt(0) === 0xfeff ? 1 : 0
  let number = 1
  let end = 0
  const peek = (): string | null => {
    if (at >= text.length) return null
    const newline = text.indexOf('\n', at)
    end = newline < 0 ? text.length : newline
    return text.slice(at, end > at && text.charCodeAt(end - 1) === 13 ? end - 1 : end)
  }
  return {
    peek,
    next: () => {
      const line = peek()
      if (line === null) return null
      at = end + 1
      number += 1
      return line
    },
    get number() {
      return number
    },
  }
}
