/** Small things that all reports say in the same words. */

/** "1 job", "2 jobs". */
export const plural = (count: number, one: string, many = `${one}s`): string => `${count} ${count === 1 ? one : many}`

const UNITS = [
  ['d', 86_400],
  ['h', 3600],
  ['min', 60],
] as const

/** "40 s", "12 min", "1 h 5 min", "2 d 3 h": a person does not plan by seconds. */
export const duration = (seconds: number): string => {
  const whole = Math.max(0, Math.round(seconds))
  if (whole < 60) return `${whole} s`
  const minutes = Math.round(whole / 60) * 60
  const index = UNITS.findIndex(([, size]) => minutes >= size)
  return UNITS.slice(index, index + 2)
    .reduce<{ words: string[]; left: number }>(takeUnit, { words: [], left: minutes })
    .words.join(' ')
}

const takeUnit = ({ words, left }: { words: string[]; left: number }, [unit, size]: readonly [string, number]) => {
  const count = Math.floor(left / size)
  return { words: count === 0 ? words : [...words, `${count} ${unit}`], left: left % size }
}

/** "a, b and c"; "a, b and 3 more". Items are Markdown. */
export const sentenceList = (items: readonly string[], max = 10): string => {
  const hidden = items.length - max
  const parts = hidden > 0 ? [...items.slice(0, max), `${hidden} more`] : [...items]
  const last = parts.pop() ?? ''
  return parts.length === 0 ? last : `${parts.join(', ')} and ${last}`
}

/** A bullet list that ends with "and 3 more". Items are Markdown and may have several lines, such as a block of output. */
export const bulletList = (items: readonly string[], max = 10): string => {
  const hidden = items.length - max
  const shown = items.slice(0, max).map((item) => `- ${item.replaceAll('\n', '\n  ')}`)
  return (hidden > 0 ? [...shown, `- and ${hidden} more`] : shown).join('\n')
}
