import type { CoverageReport } from '../../src/reports/coverage/types.ts'
import { belowCheckout, type Checkout, unixPath } from './judge/report-path.ts'

/**
 * Whether the reports name every judged file by its very path, so that no other file of the repository can be meant and
 * the list of them, which takes many calls, need not be read.
 *
 * Reports with roots of their own are left to the rules: there the same path may mean a file elsewhere.
 */
export function namesAllExactly(
  reports: readonly CoverageReport[],
  files: readonly string[],
  checkout: Checkout,
): boolean {
  const isTop = (source: string) => ['', '.'].includes(source) || belowCheckout(unixPath(source), checkout) === ''
  if (reports.some(({ format, sources }) => format === 'jacoco' || !sources.every(isTop))) return false
  const inRepository = (path: string) => belowCheckout(path, checkout) ?? path
  const named = new Set(reports.flatMap((report) => report.files.map(({ path }) => inRepository(unixPath(path)))))
  return files.every((file) => named.has(file))
}
