import { diagnose, isMismatch } from './mismatch.ts'
import type { Background, Facts, Reason } from './reason.ts'
import type { United } from './unite-reports.ts'
import { count } from './words.ts'

/** Why nothing can be said of the change, which is never the fault of the one who made it. */
export function errorsIn(facts: Facts, { input, united, scope }: Background, failing: boolean): Reason[] {
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
  return [...unreadable, ...gaps, ...mismatchIn(facts, united, { failing, treeUnknown: input.tree === null })]
}

/** Not of abbreviations. */
const lowerFirst = (text: string): string =>
  /^\p{Lu}{2}/u.test(text) ? text : text.charAt(0).toLowerCase() + text.slice(1)

/** `failing`: something speaks against the change. `treeUnknown`: the changed files stand for the repository. */
type Conditions = { failing: boolean; treeUnknown: boolean }

/** Paths that do not match would blame lines that some test runs: an error, unless what fails was found in that very report. */
function mismatchIn(facts: Facts, united: United, { failing, treeUnknown }: Conditions): Reason[] {
  const unplaced = facts.notInReport.filter(({ candidates }) => candidates.length === 0)
  const wrong = united.placed.filter((one) => isMismatch(one) && (!treeUnknown || one.found.mapped.length === 0))
  const judged = new Set(facts.files.map(({ path }) => path))
  const blamed = wrong.filter(({ found }) => !found.mapped.some(({ path }) => judged.has(path)))
  if (wrong.length === 0 || (unplaced.length === 0 && !(failing && blamed.length > 0))) return []
  const found = diagnose(wrong, unplaced)
  if (treeUnknown && !found) return []
  const total = facts.files.length + facts.notInReport.length
  const [one] = blamed.length > 0 ? blamed : wrong
  const share = `${facts.files.length} of ${count(total, 'changed source file')} ${total === 1 ? 'is' : 'are'} in the report`
  const because = `the paths of ${one?.name ?? 'the report'} do not match the repository: ${share}`
  return [{ because: found ? `${because}; ${found.sentence}` : because, fix: found?.fix ?? null }]
}

/** Why the reports are of another state of the code than the change. */
export function staleIn({ input, united, scope, texts }: Background): Reason[] {
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
