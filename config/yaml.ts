/** Reads YAML so that every later complaint can name its line and column. */

import { isAlias, isMap, isNode, isPair, isScalar, isSeq, LineCounter, type Node, type Pair, parseDocument } from 'yaml'
import { ConfigError, type Place, type Problem } from './problem.ts'

export type KeyPath = readonly PropertyKey[]

export type YamlFile = {
  /** Plain data; null for an empty file. */
  value: unknown
  /** Where the value of this path is written, or the nearest thing around it that is written. */
  placeOf(path: KeyPath): Place
  /** Where the key itself is written. */
  placeOfKey(path: KeyPath): Place
}

/** Uses of anchors that are left before a file counts as an attack on memory. */
const MOST_ALIASES = 100

const LARGEST_FILE = 1_000_000

const parse = (text: string, lineCounter: LineCounter) =>
  parseDocument(text, { lineCounter, merge: true, prettyErrors: false })

type YamlDocument = ReturnType<typeof parse>

const keyIs = (pair: Pair, segment: PropertyKey): boolean =>
  isScalar(pair.key) && String(pair.key.value) === String(segment)

const resolve = (document: YamlDocument, node: unknown): Node | null => {
  if (isAlias(node)) return node.resolve(document) ?? null
  return isNode(node) ? node : null
}

/** Read as a symbol, not as text. */
const isMergeKey = ({ key }: Pair): boolean => isScalar(key) && key.source === '<<'

/** What `<<` brings into a map. */
const mergedMaps = (document: YamlDocument, pairs: readonly Pair[]): Node[] =>
  pairs
    .filter(isMergeKey)
    .map((pair) => resolve(document, pair.value))
    .flatMap((source) => (isSeq(source) ? source.items.map((item) => resolve(document, item)) : [source]))
    .filter((source) => source !== null)

const findPair = (document: YamlDocument, node: Node | null, segment: PropertyKey): Pair | null => {
  if (!isMap(node)) return null
  const own = node.items.find((pair) => isPair(pair) && keyIs(pair, segment))
  if (own !== undefined) return own
  for (const source of mergedMaps(document, node.items)) {
    const found = findPair(document, source, segment)
    if (found !== null) return found
  }
  return null
}

const child = (document: YamlDocument, node: Node | null, segment: PropertyKey): Node | null => {
  if (isSeq(node)) return resolve(document, node.items[Number(segment)])
  return resolve(document, findPair(document, node, segment)?.value)
}

const start = (node: unknown): number | null => (isNode(node) ? (node.range?.[0] ?? null) : null)

/** The deepest node of the path that is written. */
const deepest = (document: YamlDocument, path: KeyPath): Node | null => {
  let node: Node | null = document.contents
  for (const segment of path) {
    const next = child(document, node, segment)
    if (next === null) return node
    node = next
  }
  return node
}

const toData = (document: YamlDocument, file: string): unknown => {
  try {
    return document.toJS({ maxAliasCount: MOST_ALIASES })
  } catch (error) {
    if (!(error instanceof ReferenceError)) throw error
    throw new ConfigError(file, [{ place: null, text: 'too many aliases of anchors' }])
  }
}

/** What the parser says in words for programmers. */
const IN_OTHER_WORDS: Readonly<Record<string, string>> = {
  DUPLICATE_KEY: 'this key is there twice',
  MULTIPLE_DOCS: 'a second document begins here, but only one is read',
}

/**
 * @throws ConfigError with every mistake in the syntax, duplicate keys included.
 */
export const readYaml = (text: string, file: string): YamlFile => {
  if (text.length > LARGEST_FILE) throw new ConfigError(file, [{ place: null, text: 'larger than 1 MB' }])
  const lineCounter = new LineCounter()
  const document = parse(text, lineCounter)
  const placeAt = (offset: number): Place => {
    const { line, col } = lineCounter.linePos(offset)
    return { line: Math.max(line, 1), column: Math.max(col, 1) }
  }
  const mistakes = [...document.errors, ...document.warnings].map((mistake): Problem => {
    return { place: placeAt(mistake.pos[0]), text: IN_OTHER_WORDS[mistake.code] ?? mistake.message }
  })
  if (mistakes.length > 0) throw new ConfigError(file, mistakes)
  const placeOf = (path: KeyPath) => placeAt(start(deepest(document, path)) ?? 0)
  const placeOfKey = (path: KeyPath): Place => {
    const parent = deepest(document, path.slice(0, -1))
    const offset = start(findPair(document, parent, path.at(-1) ?? '')?.key)
    return offset === null ? placeOf(path) : placeAt(offset)
  }
  return { value: toData(document, file), placeOf, placeOfKey }
}
