/** A stretch of a line: what GitLab cannot read anything into, or what has to be shown as code. */
export type Stretch = { kind: 'plain' | 'code'; text: string }

/** Letters and digits, joined by hyphens or apostrophes, or a number with points; quotes, brackets and stops around it. */
const PLAIN_WORD = /^[("'“‘«„]{0,3}(?:[\p{L}\p{M}\p{N}]+(?:[-'’][\p{L}\p{M}]+)*|\d+(?:[.,]\d+)*)[.,:;?!)"'”’»…]{0,4}$/u
const PLAIN_SIGN = /^[-–—…→·]$/u
/** GitLab links what looks like a commit, and notes on the commit that it was mentioned. */
const COMMIT = /(?:^|[^\p{L}\p{N}])[0-9a-f]{7,40}(?:[^\p{L}\p{N}]|$)/u
/** At the start of a line this is a list. */
const LIST_NUMBER = /^\d+[.)]+$/

/**
 * Splits a clean line into plain stretches and code.
 *
 * A list of what is allowed, not of what is dangerous: GitLab's references (`@user`, `#1`, `!2`, `GL-3`, `[vulnerability:4]`,
 * Jira keys) grow with every version, and neither a backslash nor an entity protects from all of them, for most are looked
 * for in the rendered text.
 */
export const stretches = (line: string): Stretch[] => {
  const result: Stretch[] = []
  const words = line === '' ? [] : line.split(' ')
  for (const [index, word] of words.entries()) {
    const kind = isPlain(word, index) ? 'plain' : 'code'
    const last = result.at(-1)
    if (last?.kind === kind) last.text += ` ${word}`
    else result.push({ kind, text: word })
  }
  return result
}

const isPlain = (word: string, index: number): boolean => {
  if (word.length > 200) return false
  if (index === 0 && LIST_NUMBER.test(word)) return false
  return PLAIN_SIGN.test(word) || (PLAIN_WORD.test(word) && !COMMIT.test(word))
}
