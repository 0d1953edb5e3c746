import { posix } from 'node:path'

/** What is known of the place where the reports were made. */
export type Checkout = {
  /** Directories the repository was checked out to (`$CI_PROJECT_DIR`). */
  roots: readonly string[]
  /** Full path of the project, which the runner's build directory ends with; null when unknown. */
  projectPath: string | null
}

/** What a path has none of when it is as it should be, which is nearly always; asked often. */
const isOdd = /\\|\/\.|\/\/|\/$|^\.|^file:|^$/

/** A report's path with forward slashes and without `./`, `a/../`, `file://`. */
export function unixPath(path: string): string {
  if (!isOdd.test(path)) return path
  const slashed = path.replaceAll('\\', '/').replace(/^file:\/\//, '')
  return posix
    .normalize(slashed)
    .replace(/^\.\//, '')
    .replace(/(?<=.)\/$/, '')
}

export const isAbsolute = (path: string): boolean => path.startsWith('/') || /^[A-Za-z]:\//.test(path)

/** What follows the checkout root, "" for the root itself, null for a path that is not below it. */
export function belowCheckout(path: string, checkout: Checkout): string | null {
  const directory = `${path}/`
  for (const root of checkout.roots) {
    const start = `${unixPath(root)}/`
    if (directory.startsWith(start)) return path.slice(start.length)
  }
  if (!checkout.projectPath) return null
  const middle = `/${checkout.projectPath}/`
  const at = `/${directory}`.indexOf(middle)
  return at < 0 ? null : path.slice(at + middle.length - 1)
}

/** Directories that hold other people's code: what is below them is no file of ours that moved. */
const thirdParty = new Set(['node_modules', 'site-packages', 'dist-packages', 'gems', 'bower_components'])

export const isThirdParty = (path: string): boolean => path.split('/').some((part) => thirdParty.has(part))

/** `path`, then each of its directories up to the top: `a/b`, `a`. */
export function upwards(path: string): string[] {
  const parts = path.split('/').filter((part) => part !== '' && part !== '.')
  return parts.map((_, index) => parts.slice(0, parts.length - index).join('/'))
}

/**
 * Accepts the report's paths that may stand for one of these files, for every rule of mapping keeps the last component.
 *
 * @param changed paths in the repository
 */
export function mayBeOneOf(changed: Iterable<string>): (reportPath: string) => boolean {
  const names = new Set([...changed].map((path) => posix.basename(path)))
  return (reportPath) => names.has(posix.basename(unixPath(reportPath)))
}
