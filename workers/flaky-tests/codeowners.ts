import { type Matcher, PatternError, pathMatcher } from '../../src/match.ts'

type Rule = { matches: Matcher; owners: string[] }

/** `[Section]`, `^[Optional section]`, `[Section][2] @default-owner`. */
const section = /^\^?\[[^\]]{1,200}\]/

/** Reads a CODEOWNERS file; lines that cannot be read are passed over. */
export function parseCodeowners(text: string): Rule[] {
  return text.split('\n').flatMap((line) => {
    const [pattern, ...owners] = line.trim().split(/\s+/)
    if (!pattern || pattern.startsWith('#') || section.test(line)) return []
    return ruleOf(pattern, owners)
  })
}

function ruleOf(pattern: string, owners: string[]): Rule[] {
  try {
    return [{ matches: pathMatcher(globsOf(pattern)), owners }]
  } catch (error) {
    if (error instanceof PatternError) return []
    throw error
  }
}

/** As in `.gitignore`: a leading slash ties to the top, a trailing one names all that is in a folder. */
function globsOf(pattern: string): string[] {
  const top = pattern.startsWith('/')
  const bare = pattern.replace(/^\//, '')
  if (bare === '' || bare === '*') return ['**']
  const anywhere = top ? bare : `**/${bare}`
  return bare.endsWith('/') ? [`${anywhere}**`] : [anywhere, `${anywhere}/**`]
}

/** The last rule that fits has the word. */
export const ownersOf = (rules: readonly Rule[], file: string): string[] =>
  rules.findLast(({ matches }) => matches(file))?.owners ?? []
