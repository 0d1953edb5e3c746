/** Reads globs into alternatives without braces; `match.ts` turns those into linear-time matchers. */

export type GlobToken = { type: 'text'; text: string } | { type: 'one' } | { type: 'star' } | { type: 'globstar' }

/** A pattern that cannot be read: names the pattern and where in it (counted from 1). */
export class PatternError extends Error {
  readonly pattern: string
  readonly position: number

  constructor(pattern: string, position: number, problem: string) {
    super(`bad pattern ${JSON.stringify(pattern)}: ${problem} at position ${position}`)
    this.name = 'PatternError'
    this.pattern = pattern
    this.position = position
  }
}

/** More would be a program, not a pattern: `{a,b}{a,b}…` doubles with each pair. */
const MOST_ALTERNATIVES = 256
const LONGEST_PATTERN = 1000

type Cursor = { pattern: string; characters: string[]; at: number }

const fail = (cursor: Cursor, position: number, problem: string): never => {
  throw new PatternError(cursor.pattern, position + 1, problem)
}

const readEscape = (cursor: Cursor): GlobToken => {
  const text = cursor.characters[cursor.at + 1]
  if (text === undefined) return fail(cursor, cursor.at, 'a backslash with nothing to escape')
  cursor.at += 2
  return { type: 'text', text }
}

/** Any run of two or more stars is one `**`. */
const readStars = (cursor: Cursor): GlobToken => {
  const start = cursor.at
  while (cursor.characters[cursor.at] === '*') cursor.at += 1
  return cursor.at - start === 1 ? { type: 'star' } : { type: 'globstar' }
}

const readToken = (cursor: Cursor): GlobToken => {
  const character = cursor.characters[cursor.at] ?? ''
  if (character === '\\') return readEscape(cursor)
  if (character === '*') return readStars(cursor)
  cursor.at += 1
  return character === '?' ? { type: 'one' } : { type: 'text', text: character }
}

/** Every beginning with every end. */
const product = (cursor: Cursor, start: number, heads: GlobToken[][], tails: GlobToken[][]): GlobToken[][] => {
  if (heads.length * tails.length > MOST_ALTERNATIVES)
    return fail(cursor, start, `braces that make more than ${MOST_ALTERNATIVES} alternatives`)
  return heads.flatMap((head) => tails.map((tail) => [...head, ...tail]))
}

const readBraces = (cursor: Cursor): GlobToken[][] => {
  const start = cursor.at
  const alternatives: GlobToken[][] = []
  do {
    cursor.at += 1
    alternatives.push(...readSequence(cursor, true))
  } while (cursor.characters[cursor.at] === ',')
  if (cursor.characters[cursor.at] !== '}') return fail(cursor, start, 'a { that is never closed')
  cursor.at += 1
  return alternatives
}

const readSequence = (cursor: Cursor, inBraces: boolean): GlobToken[][] => {
  let sequences: GlobToken[][] = [[]]
  while (cursor.at < cursor.characters.length) {
    const start = cursor.at
    const character = cursor.characters[start]
    if (inBraces && (character === ',' || character === '}')) return sequences
    if (character === '}') return fail(cursor, start, 'a } that was never opened')
    const next = character === '{' ? readBraces(cursor) : [[readToken(cursor)]]
    sequences = product(cursor, start, sequences, next)
  }
  return sequences
}

const isStar = (token: GlobToken | undefined): boolean => token?.type === 'star' || token?.type === 'globstar'

/** Stars that meet where braces were are two stars, as if the alternative had been written out. */
const joinStars = (tokens: readonly GlobToken[]): GlobToken[] =>
  tokens.flatMap((token, index): GlobToken[] => {
    if (!isStar(token)) return [token]
    if (isStar(tokens[index + 1])) return []
    return [isStar(tokens[index - 1]) ? { type: 'globstar' } : token]
  })

/**
 * The alternatives that a glob with braces stands for, each a list of tokens.
 *
 * @throws PatternError
 */
export const parseGlob = (pattern: string): GlobToken[][] => {
  const cursor: Cursor = { pattern, characters: [...pattern], at: 0 }
  if (cursor.characters.length === 0) return fail(cursor, 0, 'nothing to match')
  if (cursor.characters.length > LONGEST_PATTERN) return fail(cursor, LONGEST_PATTERN, 'too long a pattern')
  return readSequence(cursor, false).map(joinStars)
}
