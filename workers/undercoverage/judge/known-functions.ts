import type { FileCoverage } from '../../../src/reports/coverage/types.ts'
import type { FunctionSpan } from './scan-functions.ts'

/** A function with what is known of its end and its calls. */
export type KnownFunction = { name: string; start: number; end: number | null; hits?: number }

/** The report's functions with their ends, else those found in the source. */
export function knownFunctions(coverage: FileCoverage, scanned: readonly FunctionSpan[]): KnownFunction[] {
  if (coverage.functions.length === 0) return [...scanned]
  const spanFor = spanFinder(scanned)
  return coverage.functions.map(({ name, start, end, hits }) => {
    const simple = readableName(name)
    const span = spanFor(simple, start)
    const ends = [end, span?.end].filter((one) => one !== undefined)
    return {
      name: simple,
      start: Math.min(start, span?.start ?? start),
      end: ends.length > 0 ? Math.min(...ends) : null,
      ...(hits !== undefined && { hits }),
    }
  })
}

/** JaCoCo and Cobertura start a method at its first measured line, below its head; the name tells whether it is the one. */
function spanFinder(scanned: readonly FunctionSpan[]): (name: string, start: number) => FunctionSpan | undefined {
  const byStart = new Map(scanned.map((span) => [span.start, span]))
  const byName = new Map<string, FunctionSpan[]>()
  for (const span of scanned) byName.set(span.name, [...(byName.get(span.name) ?? []).slice(-1000), span])
  return (name, start) =>
    byStart.get(start) ?? byName.get(name)?.findLast((span) => span.start < start && start <= span.end)
}

/** `Klass#name`, `Module::name(int)`, `pkg.Type.name`: the last name. */
const readableName = (name: string): string =>
  /^(?:[^()]*[.#:])?([^.#:()\s]+)(?:\(.*)?$/.exec(name.slice(0, 300))?.[1] ?? name

/**
 * The functions around each of the lines, the innermost first. A function of which only the start is known is around its
 * start alone.
 *
 * @param lines ascending
 */
export function functionsAround(
  known: readonly KnownFunction[],
  lines: readonly number[],
): (line: number) => readonly KnownFunction[] {
  const waiting = known.toSorted((one, other) => one.start - other.start || endOf(other) - endOf(one))
  const around = new Map<number, readonly KnownFunction[]>()
  let open: KnownFunction[] = []
  let next = 0
  for (const line of lines) {
    open = open.filter((one) => endOf(one) >= line)
    for (let one = waiting[next]; one && one.start <= line; one = waiting[next]) {
      if (endOf(one) >= line) open.push(one)
      next += 1
    }
    around.set(line, open.toReversed())
  }
  return (line) => around.get(line) ?? []
}

export const endOf = (one: KnownFunction): number => one.end ?? one.start

/** How many lines of a function's body are measured, and how many of them ran; the body of a function of one line is that line. */
export function bodyCounter(coverage: FileCoverage): (one: KnownFunction) => { measured: number; covered: number } {
  const lines = [...coverage.measuredLines()]
  /** How many of the first lines ran. */
  const ran = [0]
  for (const line of lines) ran.push((ran.at(-1) ?? 0) + ((coverage.hitsAt(line) ?? 0) > 0 ? 1 : 0))
  return (one) => {
    const from = firstFrom(lines, one.end === one.start ? one.start : one.start + 1)
    const to = Math.max(from, firstFrom(lines, endOf(one) + 1))
    return { measured: to - from, covered: (ran[to] ?? 0) - (ran[from] ?? 0) }
  }
}

/** How many of the ascending lines are less than `line`. */
function firstFrom(lines: readonly number[], line: number): number {
  let low = 0
  let high = lines.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((lines[middle] ?? 0) < line) low = middle + 1
    else high = middle
  }
  return low
}
