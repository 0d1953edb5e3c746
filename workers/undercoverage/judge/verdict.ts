import type { Text } from './judge-file.ts'
import { diagnose, isMismatch } from './mismatch.ts'
import { reaches } from './percent.ts'
import { ranges } from './ranges.ts'
import type { Scope } from './scope.ts'
import type { GateOptions, JudgeInput, Judgement } from './types.ts'
import type { United } from './unite-reports.ts'
import { count, percentText } from './words.ts'

export type Facts = Omit<Judgement, 'verdict' | 'because' | 'reasons' | 'fix'>
type Background = { input: JudgeInput; united: United; scope: Scope; texts: (path: string) => Text }
type Conclusion = Pick<Judgement, 'verdict' | 'because' | 'reasons' | 'fix'>

/** One thing that speaks for a verdict, and what to do about it. */
type Reason = { because: string; fix: string | null }

/** The first of error, stale and fail that anything speaks for, else pass. */
export function conclude(facts: Facts, background: Background): Conclusion {
  const failures = failuresIn(facts, background.input.options)
  const errors = errorsIn(facts, background, failures.length > 0)
  if (errors.length > 0) return as('error', errors)
  const stale = staleIn(background)
  if (stale.length > 0) return as('stale', stale)
  if (failures.length > 0) return as('fail', failures)
  return as('pass', [{ because: passText(facts, background.input.options), fix: null }])
}

const as = (verdict: Judgement['verdict'], reasons: readonly Reason[]): Conclusion => ({
  verdict,
  because: reasons[0]?.because ?? '',
  reasons: reasons.map(({ because }) => because),
  fix: reasons.find(({ fix }) => fix !== null)?.fix ?? null,
})

function errorsIn(facts: Facts, { input, united, scope }: Background, failing: boolean): Reason[] {
  const fixJob =
    'Look at the job that makes the reports: it has to keep them as artifacts, complete and in a known format.'
  if (input.reports.length === 0) return [{ because: 'there is no coverage report', fix: fixJob }]
  const empty = facts.reports.every(({ problem }) => problem !== null)
  const broken = input.reports.flatMap(({ read }, index) => {
    const harmless = read.outcome === 'read' || read.reason === 'empty'
    return harmless && !empty ? [] : (facts.reports[index] ?? [])
  })
  const unreadable = broken.map(({ name, problem }) => ({
    because: `${name} cannot be used: ${lowerFirst(problem ?? '')}`,
    fix: fixJob,
  }))
  const gaps = input.diff.incomplete
    .filter(({ path }) => path === '' || scope.concerns(path))
    .map(({ path, because }) => ({
      because: `the diff is incomplete: ${path === '' ? '' : `${path}: `}${because}`,
      fix: 'Give the whole diff.',
    }))
  return [...unreadable, ...gaps, ...(failing ? mismatchIn(facts, united, input.tree === null) : [])]
}

const lowerFirst = (text: string): string => text.charAt(0).toLowerCase() + text.slice(1)

/** Paths that do not match would blame lines that some test runs: an error, unless what fails was found in that very report. */
function mismatchIn(facts: Facts, united: United, treeUnknown: boolean): Reason[] {
  const unplaced = facts.notInReport.filter(({ candidates }) => candidates.length === 0)
  const wrong = united.placed.filter((one) => isMismatch(one) && (!treeUnknown || one.found.mapped.length === 0))
  const judged = new Set(facts.files.map(({ path }) => path))
  const blamed = wrong.filter(({ found }) => !found.mapped.some(({ path }) => judged.has(path)))
  if (wrong.length === 0 || (unplaced.length === 0 && blamed.length === 0)) return []
  const found = diagnose(wrong, unplaced)
  if (treeUnknown && !found) return []
  const total = facts.files.length + facts.notInReport.length
  const [one] = blamed.length > 0 ? blamed : wrong
  const share = `${facts.files.length} of ${count(total, 'changed source file')} ${total === 1 ? 'is' : 'are'} in the report`
  const because = `the paths of ${one?.name ?? 'the report'} do not match the repository: ${share}`
  return [{ because: found ? `${because}; ${found.sentence}` : because, fix: found?.fix ?? null }]
}

function staleIn({ input, united, scope, texts }: Background): Reason[] {
  const fix = 'Wait for the reports of the newest commit, or run the tests again.'
  const commits = united.placed.flatMap(({ name, report }) => {
    const commit = report.commit
    if (commit === undefined || input.commits.length === 0) return []
    const known = input.commits.some((one) => one.startsWith(commit) || commit.startsWith(one))
    return known ? [] : { because: `${name} is of commit ${commit.slice(0, 12)}, not of the change`, fix }
  })
  const short = scope.files.flatMap(({ path, added }) => {
    const length = united.coverage.get(path)?.fileLength ?? 0
    const { source } = texts(path)
    const isCode = (line: number): boolean => (source ? source.kindAt(line) === 'code' : added.get(line)?.trim() !== '')
    const beyond = length === 0 ? [] : [...added.keys()].filter((line) => line > length && isCode(line))
    if (beyond[0] === undefined) return []
    return {
      because: `the report knows ${path} with ${count(length, 'line')}, and line ${Math.min(...beyond)} is changed`,
      fix,
    }
  })
  return [...commits, ...short]
}

function failuresIn(facts: Facts, options: GateOptions): Reason[] {
  const missing = options.missingFiles === 'fail' ? facts.notInReport : []
  const dead = options.methods
    ? facts.files.flatMap(({ path, functions }) =>
        functions.filter(({ neverRan }) => neverRan).map((one) => ({ path, ...one })),
      )
    : []
  return [
    ...linesIn(facts, options),
    ...missing.map(({ path, because }) => ({
      because: `${path} is changed and in no report: ${because}`,
      fix: 'Load it in a test.',
    })),
    ...dead.map(({ path, name, start }) => ({
      because: `${name} (${path}:${start}) is changed and never ran`,
      fix: 'Call it in a test.',
    })),
  ]
}

function linesIn(facts: Facts, options: GateOptions): Reason[] {
  const { uncovered, measured } = facts.totals
  const missed = options.branches ? facts.files.reduce((total, file) => total + file.missedBranches.length, 0) : 0
  const places = facts.files
    .map((file) => ({ path: file.path, lines: badLines(file, options.branches) }))
    .filter(({ lines }) => lines.length > 0)
    .map(({ path, lines }) => `${path} ${ranges(lines)}`)
  const where =
    places.length > 3
      ? `${places.slice(0, 3).join('; ')} and ${count(places.length - 3, 'more file')}`
      : places.join('; ')
  const fix = 'Run these lines in a test.'
  if (options.minPercent !== null) {
    const covered = facts.totals.covered - (options.branches ? facts.totals.partial : 0)
    if (reaches(covered, measured, options.minPercent)) return []
    return [
      {
        because: `${percentText(covered, measured)} of ${count(measured, 'measured changed line')} are covered, less than ${options.minPercent} %: ${where}`,
        fix,
      },
    ]
  }
  if (uncovered + missed <= options.maxUncoveredLines) return []
  const what = [
    uncovered > 0
      ? `${uncovered} of ${count(measured, 'measured changed line')} ${uncovered === 1 ? 'is' : 'are'} not covered`
      : '',
    missed > 0 ? `${count(missed, 'changed line')} ${missed === 1 ? 'misses' : 'miss'} a branch` : '',
  ]
  return [{ because: `${what.filter((text) => text !== '').join(', ')}: ${where}`, fix }]
}

const badLines = (file: Facts['files'][number], branches: boolean): number[] =>
  [...new Set([...file.uncovered, ...(branches ? file.missedBranches : [])])].sort((one, other) => one - other)

function passText({ totals, notInReport }: Facts, options: GateOptions): string {
  const missing = notInReport.length > 0 ? `; ${count(notInReport.length, 'changed file')} in no report` : ''
  if (totals.changed === 0) return 'nothing measurable: no line of a measured kind of file is changed'
  if (totals.measured === 0)
    return `nothing measurable: no report has an entry for any of ${count(totals.changed, 'changed line')}${missing}`
  if (totals.uncovered === 0) return `all ${count(totals.measured, 'measured changed line')} are covered${missing}`
  const allowed =
    options.minPercent === null
      ? `${options.maxUncoveredLines} may be uncovered`
      : `at least ${options.minPercent} % are wanted`
  return `${percentText(totals.covered, totals.measured)} of ${count(totals.measured, 'measured changed line')} are covered, ${allowed}${missing}`
}
