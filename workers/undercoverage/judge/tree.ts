/** The files of the repository, so that a tail of a path finds whole paths in logarithmic time. */
export type Tree = {
  readonly size: number
  has(path: string): boolean
  /** Files whose last components are those of `tail`, itself included; at most `most`. */
  endingWith(tail: string, most?: number): string[]
  hasDirectory(path: string): boolean
  /** Whether any directory, wherever it is, has this name. */
  hasDirectoryNamed(name: string): boolean
}

const reversed = (path: string): string => path.split('/').reverse().join('/')

export function createTree(paths: Iterable<string>): Tree {
  const files = new Set(paths)
  const tails = [...files].map(reversed).sort()
  const directories = directoriesOf(files)
  const names = new Set([...directories].map((path) => path.slice(path.lastIndexOf('/') + 1)))
  return {
    size: files.size,
    has: (path) => files.has(path),
    hasDirectory: (path) => directories.has(path),
    hasDirectoryNamed: (name) => names.has(name),
    endingWith: (tail, most = 10) => {
      const found = files.has(tail) ? [tail] : []
      const start = `${reversed(tail)}/`
      for (let at = lowerBound(tails, start); found.length < most && tails[at]?.startsWith(start); at += 1) {
        found.push(reversed(tails[at] ?? ''))
      }
      return found.sort()
    },
  }
}

function directoriesOf(files: Iterable<string>): Set<string> {
  const directories = new Set<string>()
  for (const file of files) {
    let end = file.lastIndexOf('/')
    while (end > 0) {
      const directory = file.slice(0, end)
      if (directories.has(directory)) break
      directories.add(directory)
      end = directory.lastIndexOf('/')
    }
  }
  return directories
}

function lowerBound(sorted: readonly string[], wanted: string): number {
  let low = 0
  let high = sorted.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((sorted[middle] ?? '') < wanted) low = middle + 1
    if ((sorted[middle] ?? '') >= wanted) high = middle
  }
  return low
}
