import type { Evidence, Incident } from '../../workers/flaky-tests/judge/types.ts'
import type { CheckTestsJson, TestRow } from './check-tests-result.ts'

/** Select Graphic Rendition codes. */
const colours = { red: 31, yellow: 33, green: 32, dim: 2 }
type Colour = keyof typeof colours
type Paint = (colour: Colour, text: string) => string

const evidenceInWords: Record<Evidence, string> = {
  testcase: 'its report tells of failed attempts',
  report: 'passed and failed in one report',
  attempts: 'passed and failed in attempts of one job',
  shards: 'passed and failed in shards of one job',
  pipelines: 'passed and failed in pipelines of one commit',
  declared: 'a property tells of more than one attempt',
  bare_repeats: 'reported more than once without a reason',
  listed: "listed in the project's own report of retried tests",
}

const plural = (count: number, word: string): string => `${count} ${word}${count === 1 ? '' : 's'}`

const titleOf = ({ suite, classname, name }: TestRow): string =>
  [suite, classname && classname !== suite ? classname : '', name].filter(Boolean).join(' › ')

const firstLine = ({ message }: TestRow): string[] => (message ? [`      ${message.split('\n', 1)[0]}`] : [])

const failedLines = (row: TestRow): string[] => [`  ✗ ${titleOf(row)}`, ...firstLine(row)]

const flakyLines = (row: TestRow): string[] => {
  const sure = row.confidence === 'high' ? '' : `${row.confidence} confidence, `
  const times = row.failed_attempts ? `, ${plural(row.failed_attempts, 'failed attempt')}` : ''
  const job = row.fails_job ? ', and fails the job' : ''
  const why = row.evidence ? evidenceInWords[row.evidence] : ''
  return [`  ~ ${titleOf(row)} (${sure}${why}${times}${job})`, ...firstLine(row)]
}

const incidentLine = ({ job, attempt, failed, ran, recovered, message }: Incident): string =>
  `  ${job}, attempt ${attempt}: ${failed} of ${ran} tests failed and ${recovered} of them passed in the next attempt${
    message ? `: ${message.split('\n', 1)[0]}` : ''
  }`

const section = (title: string, lines: readonly string[]): string[] => (lines.length > 0 ? [title, ...lines, ''] : [])

/** One line for a test, however many suites of a stress run repeat it. */
const withoutRepeats = (rows: readonly TestRow[]): TestRow[] => {
  const seen = new Set<string>()
  return rows.filter(({ job, suite, classname, name, file }) => {
    const key = JSON.stringify([job, suite.replace(/@stress-\d{1,9}$/, ''), classname, name, file])
    return !seen.has(key) && seen.add(key)
  })
}

/** The result for a person at a terminal; the worst comes first, the sum last. */
export const toText = (json: CheckTestsJson, { color }: { color: boolean }): string => {
  const paint: Paint = (colour, text) => (color ? `\u001b[${colours[colour]}m${text}\u001b[0m` : text)
  const { counts } = json
  const rows = withoutRepeats(json.tests)
  const failed = rows.filter((row) => row.class === 'failed')
  const flaky = rows.filter((row) => row.class === 'flaky' && row.because === undefined)
  const unnamed = counts.unnamed > 0 ? `, ${counts.unnamed} without a name` : ''
  const sum = `${counts.failed} failed, ${counts.flaky} flaky, ${counts.passed} passed, ${counts.skipped} skipped${unnamed}`
  const lines = [
    ...section(paint('red', 'Failed'), failed.flatMap(failedLines)),
    ...section(paint('yellow', 'Flaky'), flaky.flatMap(flakyLines)),
    ...section(
      paint('yellow', 'Incidents: one cause, no evidence against the tests'),
      json.incidents.map(incidentLine),
    ),
    ...section(
      paint('yellow', 'Reports'),
      json.report_problems.map(({ file, problem, detail }) => `  ! ${file}: ${problem} (${detail})`),
    ),
    ...section(
      paint('dim', 'What cannot be seen'),
      json.hidden_retries.map(({ job, advice }) => `  ${job}: this report format shows only final outcomes; ${advice}`),
    ),
    paint(counts.failed > 0 ? 'red' : 'green', sum),
  ]
  return `${lines.join('\n')}\n`
}
