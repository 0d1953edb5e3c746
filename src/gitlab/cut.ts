const ellipsis = '…'

/** At most `length` code points, cut between what a reader sees as characters. */
export const cutText = (text: string, length: number): string => {
  if (text.length <= length) return text
  if ([...text].length <= length) return text
  let kept = ''
  let size = 1
  for (const { segment } of new Intl.Segmenter().segment(text.slice(0, 4 * length))) {
    size += [...segment].length
    if (size > length) break
    kept += segment
  }
  return kept + ellipsis
}
