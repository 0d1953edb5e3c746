import { posix } from 'node:path'
import type { ReportFile } from '../../../src/reports/coverage/types.ts'
import { belowCheckout, type Checkout, isAbsolute, unixPath, upwards } from './report-path.ts'
import type { Tree } from './tree.ts'

/** What the rules know while they map the files of one report. */
export type MapScope = {
  tree: Tree
  checkout: Checkout
  format: string
  /** Usable roots of the report's paths, with forward slashes. */
  sources: readonly string[]
  /** Where the report lies in the repository or artifact; "" at the top. */
  directory: string
  /** Files of equal path in other packages of the report, this one included, in the report's order. */
  namesakes(file: ReportFile): readonly ReportFile[]
}

/** The files of the repository that a rule finds for a file of the report. */
export type MapRule = (file: ReportFile, scope: MapScope) => string[]

const existing = (paths: Iterable<string | null>, tree: Tree): string[] => [
  ...new Set([...paths].filter((path): path is string => path !== null && tree.has(path))),
]

/** Go reports name the toolchain's own directories as sources (GitLab skips them too). */
const isGoRoot = (source: string): boolean => /(?:^|\/)go\/src$/.test(source) || source.includes('/usr/local/go/src')

export const usableSources = (sources: readonly string[]): string[] =>
  sources
    .slice(0, 100)
    .map((source) => unixPath(source.trim()))
    .filter((source) => source !== '' && !isGoRoot(source))

export const exactPath: MapRule = (file, { tree }) => existing([file.path], tree)

export const belowRoot: MapRule = (file, { tree, checkout }) => {
  const path = unixPath(file.path)
  return existing([path, belowCheckout(path, checkout)], tree)
}

/** Each package of a Cobertura report stands for files of its own, so equal names are dealt out among the packages. */
export const belowSources: MapRule = (file, scope) => {
  const found = existing(sourcePaths(file, scope), scope.tree)
  if (found.length < 2) return found
  const hinted = found.filter((path) => isOfPackage(path, file.package))
  if (hinted.length === 1) return hinted
  const namesakes = scope.namesakes(file)
  const own = namesakes.length === found.length ? found[namesakes.indexOf(file)] : undefined
  return own === undefined ? found : [own]
}

function* sourcePaths(file: ReportFile, scope: MapScope): Iterable<string | null> {
  const path = unixPath(file.path)
  if (isAbsolute(path)) return
  for (const source of scope.sources) {
    const below = belowCheckout(source, scope.checkout)
    if (below !== null) yield posix.join(below, path)
    if (isAbsolute(source)) continue
    yield posix.join(source, path)
    yield posix.join(scope.directory, source, path)
  }
}

const isOfPackage = (path: string, name: string | undefined): boolean =>
  name !== undefined && name !== '' && `/${posix.dirname(path)}/`.includes(`/${name.replaceAll('.', '/')}/`)

const sourceRoot = /(?:^|\/)src\/main\/[^/]+\//

/**
 * JaCoCo names a package and a file; the groups around them are modules, usually directories of the same name.
 *
 * @returns those of the paths that lie in the modules of the file
 */
export function inModules(file: ReportFile, paths: readonly string[], { tree }: MapScope): string[] {
  const groups = (file.groups ?? []).filter((group) => tree.hasDirectoryNamed(group))
  return paths.filter((path) => {
    const directories = `/${posix.dirname(path)}/`
    return groups.every((group) => directories.includes(`/${group}/`))
  })
}

export const belowModules: MapRule = (file, scope) => {
  if (scope.format !== 'jacoco') return []
  const found = inModules(file, scope.tree.endingWith(unixPath(file.path)), scope)
  const inSourceRoot = found.filter((path) => sourceRoot.test(path))
  return inSourceRoot.length === 1 ? inSourceRoot : found
}

/** Paths relative to the directory the report lies in, or to one above it; the nearest wins. */
export const belowReport: MapRule = (file, { tree, directory }) => {
  const path = unixPath(file.path)
  if (isAbsolute(path)) return []
  const found = upwards(directory).map((above) => posix.join(above, path))
  return existing(found, tree).slice(0, 1)
}

/** Every full name a file may have, the most telling first, for the comparison of tails. */
export function fullNames(file: ReportFile, scope: MapScope): string[] {
  const path = unixPath(file.path).replace(/^(?:\.\.\/)+/, '')
  if (isAbsolute(path)) return [path]
  return [...scope.sources.map((source) => posix.join(source, path)), path]
}
