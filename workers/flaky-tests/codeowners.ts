import { type Matcher, PatternError, pathMatcher } from '../../src/match.ts'

type Section = { name: string; owners: string[] }
type Rule = { section: string; matches: Matcher; owners: string[] }

/** `[Section]`, `^[Optional section]`, `[Section][2] @default-owner`. */
const header = /^\^?\[([^\]]{1,200})\](?:\[\d{1,3}\])?(.*)$/
/** A backslash keeps a space in a path. */
const space = /(?<!\\)\s+/

/** Reads a CODEOWNERS file; lines that cannot be read are passed over. */
export function parseCodeowners(text: string): Rule[] {
  let section: Section = { name: '', owners: [] }
  return text.split('\n').flatMap((line) => {
    const [, name, defaults = ''] = header.exec(line.trim()) ?? []
    if (name !== undefined) section = { name: name.toLowerCase(), owners: defaults.split(/\s+/).filter(Boolean) }
    return name === undefined ? ruleOf(line, section) : []
  })
}

function ruleOf(line: string, section: Section): Rule[] {
  const [pattern, ...owners] = line.trim().split(space)
  if (!pattern || pattern.startsWith('#')) return []
  const isExclusion = pattern.startsWith('!')
  try {
    const matches = pathMatcher(globsOf(pattern.slice(isExclusion ? 1 : 0).replace(/\\(?=[ #])/g, '')))
    const named = owners.length > 0 ? owners : section.owners
    return [{ section: section.name, matches, owners: isExclusion ? [] : named }]
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

/** Of each section the last rule that fits has the word. */
export function ownersOf(rules: readonly Rule[], file: string): string[] {
  const bySection = new Map(
    rules.filter(({ matches }) => matches(file)).map(({ section, owners }) => [section, owners]),
  )
  return [...new Set([...bySection.values()].flat())]
}
