import { posix } from 'node:path'
import { isAbsolute, unixPath } from './report-path.ts'
import type { MissingFile } from './types.ts'
import type { PlacedReport } from './unite-reports.ts'

/** A report of which more than half is in no file of the repository: its paths are wrong, not the change. */
export const isMismatch = ({ found }: PlacedReport): boolean => {
  const ours = found.mapped.length + found.ambiguous.length + found.unmapped.length
  return found.unmapped.length * 2 > ours
}

/** What the report calls a changed file that it seems to have, and what would make both names one. */
export type Diagnosis = { reportPath: string; path: string; sentence: string; fix: string }

/** Looks for the missing files among the names that were not placed. */
export function diagnose(placed: readonly PlacedReport[], missing: readonly MissingFile[]): Diagnosis | null {
  const byName = new Map(missing.map(({ path }) => [posix.basename(path).toLowerCase(), path]))
  for (const { found } of placed) {
    for (const reportPath of [...found.unmapped, ...found.ambiguous.map((one) => one.reportPath)]) {
      const path = byName.get(posix.basename(unixPath(reportPath)).toLowerCase())
      if (path !== undefined) return compareNames(reportPath, path)
    }
  }
  const other = placed.find(({ found }) => found.unmapped.length > 0)?.found.unmapped[0]
  const path = missing[0]?.path
  return other === undefined || path === undefined ? null : compareNames(other, path)
}

function compareNames(reportPath: string, path: string): Diagnosis {
  const name = unixPath(reportPath)
  const start = `the report says \`${reportPath}\`, the repository has \`${path}\``
  const about = { reportPath, path }
  if (name.endsWith(`/${path}`)) {
    const prefix = name.slice(0, -path.length)
    const fix = `Let the job write paths below the checkout, or name the directory \`${prefix}\` as the checkout root.`
    return { ...about, sentence: `${start}: without the prefix \`${prefix}\` it would fit`, fix }
  }
  if (path.endsWith(`/${name}`)) {
    const prefix = path.slice(0, -name.length)
    const fix = `Let the job write paths relative to the repository, that is with \`${prefix}\` in front.`
    return { ...about, sentence: `${start}: the prefix \`${prefix}\` would fit`, fix }
  }
  const differs = name.toLowerCase().endsWith(path.toLowerCase()) ? ': they differ in upper and lower case' : ''
  const fix = isAbsolute(name)
    ? 'Is this the report of another project, or were the files moved before the tests ran?'
    : 'Let the job write paths relative to the root of the repository.'
  return { ...about, sentence: start + differs, fix }
}
