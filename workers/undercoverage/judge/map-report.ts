import type { CoverageReport, ReportFile } from '../../../src/reports/coverage/types.ts'
import {
  belowModules,
  belowReport,
  belowRoot,
  belowSources,
  exactPath,
  fullNames,
  inModules,
  type MapRule,
  type MapScope,
  usableSources,
} from './map-rules.ts'
import { matchTail, type TailMatch, withoutDeeper } from './map-tails.ts'
import { belowCheckout, type Checkout, isAbsolute, isThirdParty, unixPath } from './report-path.ts'
import type { Tree } from './tree.ts'

export type MapContext = {
  tree: Tree
  checkout: Checkout
  /** Where the report lies in the repository or artifact; "" at the top. */
  directory: string
}

/** Which files of the repository the files of a report are. */
export type MappedReport = {
  mapped: { path: string; file: ReportFile }[]
  /** Fits several files, so it counts for none. */
  ambiguous: { reportPath: string; candidates: string[] }[]
  /** Fits no file, although it looks as if it were one of the repository. */
  unmapped: string[]
  /** Not of the repository: system headers, installed packages. */
  foreign: string[]
}

/** The source comes before the bare name: in a monorepo the same relative path may exist at the top, too. */
const rules: readonly MapRule[] = [belowSources, exactPath, belowRoot, belowModules, belowReport]

/** Finds the file of the repository for each file of a report by the first rule that gives exactly one. */
export function mapReport(report: CoverageReport, context: MapContext): MappedReport {
  const scope = scopeOf(report, context)
  const result: MappedReport = { mapped: [], ambiguous: [], unmapped: [], foreign: [] }
  const rest: Leftover[] = []
  for (const file of report.files) {
    const found = byRules(file, scope)
    if (found.length === 1 && found[0] !== undefined) result.mapped.push({ path: found[0], file })
    if (found.length !== 1) rest.push({ file, fits: found })
  }
  mapByTail(rest, scope, result)
  return result
}

/** A file that no rule placed; `fits` are the candidates of the first rule that found several. */
type Leftover = { file: ReportFile; fits: string[] }

function scopeOf(report: CoverageReport, context: MapContext): MapScope {
  const byPath = new Map<string, ReportFile[]>()
  for (const file of report.files) {
    const known = byPath.get(file.path)
    if (known) known.push(file)
    else byPath.set(file.path, [file])
  }
  return {
    ...context,
    format: report.format,
    sources: usableSources(report.sources),
    namesakes: (file) => byPath.get(file.path) ?? [file],
  }
}

function byRules(file: ReportFile, scope: MapScope): string[] {
  let several: string[] = []
  for (const rule of rules) {
    const found = rule(file, scope)
    if (found.length === 1) return found
    if (several.length === 0) several = found
  }
  return several
}

function mapByTail(rest: readonly Leftover[], scope: MapScope, result: MappedReport): void {
  const claimed = new Set(result.mapped.map(({ path }) => path))
  const found: { name: string; path: string; file: ReportFile }[] = []
  for (const { file, fits } of rest) {
    const alien = isAlien(file, scope, claimed.size > 0)
    const hopeless = fits.length > 1 || isThirdParty(unixPath(file.path))
    const match = hopeless ? null : tailOf(file, scope, claimed.size > 0)
    const usable = match && !(match.weak && alien) ? match : null
    const path = usable?.candidates.length === 1 ? usable.candidates[0] : undefined
    const taken = path !== undefined && usable?.weak === true && claimed.has(path)
    if (usable && path !== undefined && !taken) {
      found.push({ name: usable.name, path, file })
      continue
    }
    leaveOut(file, fits.length > 0 ? fits : (usable?.candidates ?? []), alien, result)
  }
  const kept = new Set(withoutDeeper(found))
  for (const match of found) {
    if (kept.has(match)) result.mapped.push({ path: match.path, file: match.file })
    if (!kept.has(match)) result.unmapped.push(match.file.path)
  }
}

type NamedMatch = TailMatch & { name: string }

/** Names below different sources may lead to different files, which is as ambiguous as one name that fits two. */
function tailOf(file: ReportFile, scope: MapScope, placed: boolean): NamedMatch | null {
  const matches = fullNames(file, scope)
    .map((name) => ({ name, ...matchTail(name, scope.tree) }))
    .map((match) => ({ ...match, candidates: inModules(file, match.candidates, scope) }))
    .filter((match) => match.candidates.length > 0 && !(match.nameOnly && placed))
  const single = matches.filter((match) => match.candidates.length === 1)
  const strong = single.filter((match) => !match.weak)
  const best = [strong, single, matches].find((list) => list.length > 0) ?? []
  if (!best[0] || best === matches) return best[0] ?? null
  return { ...best[0], candidates: [...new Set(best.flatMap((match) => match.candidates))] }
}

/** Outside of the checkout, although that is known because other files of the report are below it. */
const isAlien = (file: ReportFile, { checkout }: MapScope, placed: boolean): boolean => {
  const path = unixPath(file.path)
  return isThirdParty(path) || (placed && isAbsolute(path) && belowCheckout(path, checkout) === null)
}

function leaveOut(file: ReportFile, candidates: string[], alien: boolean, result: MappedReport): void {
  if (candidates.length > 1) result.ambiguous.push({ reportPath: file.path, candidates: candidates.toSorted() })
  else if (alien) result.foreign.push(file.path)
  else result.unmapped.push(file.path)
}
