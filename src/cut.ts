const ELLIPSIS = '…'
const graphemes = new Intl.Segmenter('en', { granularity: 'grapheme' })

/**
 * At most `maxChars` code points, an ellipsis included; what a reader sees as one character is not split.
 */
export const cutText = (text: string, maxChars: number): string => {
  // A code point is at most two units, so the rest is never looked at, however long it is.
  const head = text.slice(0, maxChars * 2 + 2)
  if (codePoints(head) <= maxChars) return head
  const whole = wholeGraphemes(head, maxChars - ELLIPSIS.length)
  return `${whole.trimEnd()}${ELLIPSIS}`
}

const codePoints = (text: string): number => [...text].length

const wholeGraphemes = (text: string, room: number): string => {
  let kept = ''
  let left = room
  for (const { segment } of graphemes.segment(text)) {
    left -= codePoints(segment)
    if (left < 0) break
    kept += segment
  }
  // One letter with thousands of accents: nothing whole fits.
  return kept === '' ? [...text].slice(0, room).join('') : kept
}
