import { parseGlob } from '../../glob.ts'

/** The paths that the patterns stand for; null: they stand for more than can be listed. */
export const plainPaths = (patterns: readonly string[], most: number): string[] | null => {
  const paths = new Set<string>()
  for (const pattern of patterns) {
    if (pattern.startsWith('/')) return null
    for (const tokens of parseGlob(pattern)) {
      if (tokens.some(({ type }) => type !== 'text')) return null
      paths.add(tokens.map((token) => (token.type === 'text' ? token.text : '')).join(''))
    }
  }
  return paths.size <= most ? [...paths] : null
}
