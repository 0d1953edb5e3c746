import type { FileCoverage } from '../../../src/reports/coverage/types.ts'
import { bodyCounter, endOf, functionsAround, type KnownFunction, knownFunctions } from './known-functions.ts'
import type { ScopedFile } from './scope.ts'
import type { SourceFile } from './source-file.ts'
import type { FunctionFinding } from './types.ts'

/** What functions are judged by; lines are ascending. */
type FunctionFacts = {
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

/** Groups findings under the innermost function around them, and finds changed functions that never ran. */
export function judgeFunctions(facts: FunctionFacts): { functions: FunctionFinding[]; outside: number[] } {
  const known = knownFunctions(facts.coverage, facts.source?.functions() ?? [])
  const around = functionsAround(known, facts.judged)
  const counts = bodyCounter(facts.coverage)
  const findings = new Map<KnownFunction, FunctionFinding>()
  const findingOf = (one: KnownFunction): FunctionFinding => {
    const { name, start, end } = one
    const finding = findings.get(one) ?? {
      name,
      start,
      end,
      neverRan: false,
      ...counts(one),
      uncovered: [],
      partial: [],
    }
    findings.set(one, finding)
    return finding
  }
  const outside: number[] = []
  for (const line of facts.uncovered) {
    const inner = around(line)[0]
    if (inner) findingOf(inner).uncovered.push(line)
    else outside.push(line)
  }
  for (const line of facts.partial) {
    const inner = around(line)[0]
    if (inner) findingOf(inner).partial.push(line)
  }
  const isDead = remember((one) => neverRan(one, counts(one), facts.coverage.excludedLines))
  for (const line of facts.methods ? facts.judged.filter((line) => isCode(line, facts)) : []) {
    const dead = around(line).find(isDead)
    if (dead) findingOf(dead).neverRan = true
  }
  const functions = [...findings.values()].sort((one, other) => one.start - other.start || endOf(other) - endOf(one))
  return { functions, outside }
}

/** Many lines ask for one function. */
function remember(judge: (one: KnownFunction) => boolean): (one: KnownFunction) => boolean {
  const known = new Map<KnownFunction, boolean>()
  return (one) => {
    const answer = known.get(one) ?? judge(one)
    known.set(one, answer)
    return answer
  }
}

function isCode(line: number, { source, file }: FunctionFacts): boolean {
  if (source) return !['blank', 'comment'].includes(source.kindAt(line))
  return (file.added.get(line) ?? '').trim() !== ''
}

/** No calls; without a count, no hit in the body. A function without any entry is not known to be dead. */
function neverRan(
  one: KnownFunction,
  { measured, covered }: { measured: number; covered: number },
  excluded: readonly number[],
): boolean {
  const left = excluded.filter((line) => one.start <= line && line <= endOf(one))
  if (left.length > 0 && (measured === 0 || left.includes(one.start))) return false
  if (covered > 0 && one.end !== one.start) return false
  if (one.hits !== undefined) return one.hits === 0
  return measured > 0 && covered === 0 && one.end !== one.start
}
