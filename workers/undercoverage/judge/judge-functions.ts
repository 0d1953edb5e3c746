import type { FileCoverage } from '../../../src/reports/coverage/types.ts'
import type { FunctionSpan } from './scan-functions.ts'
import type { ScopedFile } from './scope.ts'
import type { SourceFile } from './source-file.ts'
import type { FunctionFinding } from './types.ts'

export type FunctionFacts = {
  file: ScopedFile
  coverage: FileCoverage
  source: SourceFile | null
  /** Whether functions that never ran are looked for; lines are grouped by function either way. */
  methods: boolean
  /** Changed lines that are neither excluded nor trivial. */
  judged: readonly number[]
  uncovered: readonly number[]
  partial: readonly number[]
}

/** A function with what is known of its end and its calls. */
type Known = { name: string; start: number; end: number | null; hits?: number }

/** Groups findings under the innermost function around them, and finds changed functions that never ran. */
export function judgeFunctions(facts: FunctionFacts): { functions: FunctionFinding[]; outside: number[] } {
  const known = functionsOf(facts.coverage, facts.source?.functions() ?? [])
  const findings = new Map<Known, FunctionFinding>()
  const findingOf = (one: Known): FunctionFinding => {
    const finding = findings.get(one) ?? {
      ...one,
      neverRan: false,
      ...shareOf(one, facts.coverage),
      uncovered: [],
      partial: [],
    }
    findings.set(one, finding)
    return finding
  }
  const outside: number[] = []
  for (const line of facts.uncovered) {
    const around = functionsAround(known, line)[0]
    if (around) findingOf(around).uncovered.push(line)
    else outside.push(line)
  }
  for (const line of facts.partial) {
    const around = functionsAround(known, line)[0]
    if (around) findingOf(around).partial.push(line)
  }
  for (const one of facts.methods ? changedAndDead(known, facts) : []) findingOf(one).neverRan = true
  const functions = [...findings.values()].sort(
    (one, other) => one.start - other.start || (other.end ?? 0) - (one.end ?? 0),
  )
  return {
    functions: functions.map(({ name, start, end, ...rest }) => ({ name, start, end, ...withoutHits(rest) })),
    outside,
  }
}

const withoutHits = <Rest extends object>(rest: Rest): Omit<Rest, 'hits'> => {
  const { hits: _, ...others } = rest as Rest & { hits?: number }
  return others
}

/** The report's functions with their ends, else those found in the source. */
function functionsOf(coverage: FileCoverage, scanned: readonly FunctionSpan[]): Known[] {
  if (coverage.functions.length === 0) return [...scanned]
  return coverage.functions.map(({ name, start, end, hits }) => {
    const span = spanFor(name, start, scanned)
    const ends = [end, span?.end].filter((one) => one !== undefined)
    return {
      name: readableName(name),
      start: Math.min(start, span?.start ?? start),
      end: ends.length > 0 ? Math.min(...ends) : null,
      ...(hits !== undefined && { hits }),
    }
  })
}

/** JaCoCo and Cobertura start a method at its first measured line, below its head; the name tells whether it is the one. */
function spanFor(name: string, start: number, scanned: readonly FunctionSpan[]): FunctionSpan | undefined {
  const simple = readableName(name)
  return scanned.findLast(
    (span) => span.start === start || (span.start < start && start <= span.end && span.name === simple),
  )
}

/** `Klass#name`, `Module::name(int)`, `pkg.Type.name`: the last name. */
const readableName = (name: string): string =>
  /^(?:[^()]*[.#:])?([^.#:()\s]+)(?:\(.*)?$/.exec(name.slice(0, 300))?.[1] ?? name

/** The innermost first. A function of which only the start is known is around its start alone. */
const functionsAround = (known: readonly Known[], line: number): Known[] =>
  known
    .filter((one) => one.start <= line && line <= (one.end ?? one.start))
    .sort((one, other) => other.start - one.start || (one.end ?? 0) - (other.end ?? 0))

function* bodyLines(one: Known, coverage: FileCoverage): Iterable<number> {
  const end = one.end ?? one.start
  for (const line of coverage.measuredLines()) {
    if (line > end) return
    if (line > one.start || (line === one.start && end === one.start)) yield line
  }
}

function shareOf(one: Known, coverage: FileCoverage): { measured: number; covered: number } {
  const lines = [...bodyLines(one, coverage)]
  return { measured: lines.length, covered: lines.filter((line) => (coverage.hitsAt(line) ?? 0) > 0).length }
}

/** For each changed line of code the innermost function around it that never ran. */
function changedAndDead(known: readonly Known[], facts: FunctionFacts): Set<Known> {
  const dead = new Set(known.filter((one) => neverRan(one, facts.coverage)))
  const found = new Set<Known>()
  if (dead.size === 0) return found
  for (const line of facts.judged) {
    const kind = facts.source?.kindAt(line) ?? ((facts.file.added.get(line) ?? '').trim() === '' ? 'blank' : 'code')
    if (kind === 'blank' || kind === 'comment') continue
    const around = functionsAround(known, line).find((one) => dead.has(one))
    if (around) found.add(around)
  }
  return found
}

/** No calls; without a count, no hit in the body. A function without any entry is not known to be dead. */
function neverRan(one: Known, coverage: FileCoverage): boolean {
  const { measured, covered } = shareOf(one, coverage)
  const excluded = coverage.excludedLines.some((line) => one.start <= line && line <= (one.end ?? one.start))
  if (excluded && (measured === 0 || coverage.excludedLines.includes(one.start))) return false
  if (covered > 0 && one.end !== one.start) return false
  if (one.hits !== undefined) return one.hits === 0
  return measured > 0 && covered === 0 && one.end !== one.start
}
