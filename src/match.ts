import { RE2JS, RE2JSException } from 're2js'
import { type GlobToken, PatternError, parseGlob } from './glob.ts'

export { PatternError } from './glob.ts'

/** Whether a text fits; takes linear time in the text's length, so the text may come from anyone. */
export type Matcher = (text: string) => boolean

type Kind = 'name' | 'path'

/** Two stars that fill a whole step of a path, so that they and their slash may be absent: they also stand for no step. */
const startsDirectory = (tokens: readonly GlobToken[], index: number): boolean => {
  const before = tokens[index - 1]
  const after = tokens[index + 1]
  return (
    (index === 0 || (before?.type === 'text' && before.text === '/')) && after?.type === 'text' && after.text === '/'
  )
}

const pathExpression = (tokens: readonly GlobToken[]): string => {
  let expression = ''
  for (let index = 0; index < tokens.length; index += 1) {
    const token = tokens[index]
    if (token?.type === 'text') expression += RE2JS.quote(token.text)
    if (token?.type === 'one') expression += '[^/]'
    if (token?.type === 'star') expression += '[^/]*'
    if (token?.type !== 'globstar') continue
    const directories = startsDirectory(tokens, index)
    expression += directories ? '(?:.*/)?' : '.*'
    if (directories) index += 1
  }
  return expression
}

const nameToken = (token: GlobToken): string => {
  if (token.type === 'text') return RE2JS.quote(token.text)
  return token.type === 'one' ? '.' : '.*'
}

const nameExpression = (tokens: readonly GlobToken[]): string => tokens.map(nameToken).join('')

/** The text that the tokens stand for if they stand for one only, else null. */
const literal = (tokens: readonly GlobToken[]): string | null => {
  const texts = tokens.map((token) => (token.type === 'text' ? token.text : null))
  return texts.includes(null) ? null : texts.join('')
}

const globMatcher = (pattern: string, kind: Kind): Matcher => {
  const alternatives = parseGlob(pattern)
  const literals = new Set(alternatives.map(literal))
  if (!literals.has(null)) return (text) => literals.has(text)
  const expressions = alternatives.map(kind === 'path' ? pathExpression : nameExpression)
  const compiled = compile(pattern, `(?:${expressions.join('|')})`, RE2JS.DOTALL, 0)
  return (text) => compiled.testExact(text)
}

/** `offset` is how many characters of the pattern stand before the expression. */
const compile = (pattern: string, expression: string, flags: number, offset: number): RE2JS => {
  try {
    return RE2JS.compile(expression, flags)
  } catch (error) {
    if (!(error instanceof RE2JSException)) throw error
    throw new PatternError(pattern, offset + faultIn(expression, error) + 1, reasonOf(error))
  }
}

/** re2js names the faulty piece, not its place; without a piece the fault is at the end. */
const faultIn = (expression: string, error: RE2JSException): number => {
  const piece = 'input' in error && typeof error.input === 'string' ? error.input : null
  const found = piece === null ? -1 : expression.indexOf(piece)
  return found === -1 ? Math.max(0, expression.length - 1) : found
}

const reasonOf = (error: RE2JSException): string =>
  error.message.replace(/^error parsing regexp: /, '').replaceAll('`', "'")

/** Between slashes; found anywhere in the text unless anchored. */
const regexMatcher = (pattern: string): Matcher => {
  const end = pattern.lastIndexOf('/')
  if (end === 0) throw new PatternError(pattern, pattern.length, 'a regular expression without its closing slash')
  const flags = pattern.slice(end + 1)
  if (flags !== '' && flags !== 'i') throw new PatternError(pattern, end + 2, `unknown flag ${flags}; there is only i`)
  const expression = pattern.slice(1, end)
  if (expression === '') throw new PatternError(pattern, 2, 'nothing to match')
  const compiled = compile(pattern, expression, flags === 'i' ? RE2JS.CASE_INSENSITIVE : 0, 1)
  return (text) => compiled.test(text)
}

const matcherOf = (pattern: string, kind: Kind): Matcher =>
  pattern.startsWith('/') ? regexMatcher(pattern) : globMatcher(pattern, kind)

const listMatcher = (patterns: readonly string[], kind: Kind): Matcher => {
  const matchers = patterns.map((pattern) => matcherOf(pattern, kind))
  return (text) => matchers.some((matches) => matches(text))
}

/** Lists of a configuration live as long as it does, so each is compiled once. */
const compiledOnce = (kind: Kind): ((patterns: readonly string[]) => Matcher) => {
  const known = new WeakMap<readonly string[], Matcher>()
  return (patterns) => {
    const matcher = known.get(patterns) ?? listMatcher(patterns, kind)
    known.set(patterns, matcher)
    return matcher
  }
}

/**
 * Names of jobs, branches, reasons: any of the globs, in which `*` is any text, or regular expressions between slashes.
 *
 * @throws PatternError
 */
export const nameMatcher = compiledOnce('name')

/**
 * Paths of files and projects: as names, but `*` and `?` stop at `/`, and only `**` crosses it.
 *
 * @throws PatternError
 */
export const pathMatcher = compiledOnce('path')

/** Labels are compared whole: in GitLab's own rules `pipeline:run-all` would also match `pipeline:run-all-rspec`. */
export const labelMatcher = (labels: readonly string[]): Matcher => {
  const wanted = new Set(labels)
  return (label) => wanted.has(label)
}
