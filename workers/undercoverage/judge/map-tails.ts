import type { Tree } from './tree.ts'

/** A file of the repository found by the end of its path. */
export type TailMatch = {
  candidates: string[]
  /** Nothing but the name of the file speaks for it, or only a part of both paths is equal. */
  weak: boolean
  /** Only the last component is equal, and the report's path has more of them. */
  nameOnly: boolean
}

const nothing: TailMatch = { candidates: [], weak: true, nameOnly: false }

/**
 * Compares on whole components: first the longest end of the report's path that is a whole path of the repository, then the
 * longest end that some path of the repository ends with.
 */
export function matchTail(reportPath: string, tree: Tree): TailMatch {
  const parts = reportPath.split('/').filter((part) => part !== '')
  if (tree.endingWith(parts.at(-1) ?? '', 1).length === 0) return nothing
  for (let from = 0; from < parts.length; from += 1) {
    const tail = parts.slice(from).join('/')
    if (tree.has(tail)) return { candidates: [tail], weak: parts.length - from < 2, nameOnly: false }
  }
  for (let from = 0; from < parts.length; from += 1) {
    const candidates = tree.endingWith(parts.slice(from).join('/'))
    if (candidates.length === 0) continue
    const nameOnly = from > 0 && from === parts.length - 1
    return nameOnly && candidates.length > 1 ? nothing : { candidates, weak: from > 0, nameOnly }
  }
  return nothing
}

/** What stands before the equal part, which is where the report believes the repository to be. */
const rootOf = (reportPath: string, path: string): string => reportPath.slice(0, -path.length)

/**
 * Of several names for one file, those that lie deeper under the same root are other files: with `/ci/app/index.js` at hand,
 * `/ci/app/lib/index.js` is not `index.js`.
 */
export function withoutDeeper<Found extends { name: string; path: string }>(found: readonly Found[]): Found[] {
  const roots = new Map<string, Set<string>>()
  for (const { name, path } of found) {
    const known = roots.get(path) ?? new Set()
    roots.set(path, known.add(rootOf(name, path)))
  }
  return found.filter(({ name, path }) => {
    const others = roots.get(path)
    const root = rootOf(name, path)
    for (let end = root.lastIndexOf('/', root.length - 2); end >= 0; end = root.lastIndexOf('/', end - 1)) {
      if (others?.has(root.slice(0, end + 1))) return false
      if (end === 0) break
    }
    return root === '' || !others?.has('')
  })
}
