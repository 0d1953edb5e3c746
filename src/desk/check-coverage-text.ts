import { ranges } from '../../workers/undercoverage/judge/ranges.ts'
import type { FileFinding, FunctionFinding, Judgement, Verdict } from '../../workers/undercoverage/judge/types.ts'
import { count, percentText } from '../../workers/undercoverage/judge/words.ts'

/** Select Graphic Rendition codes. */
const colours = { red: 31, yellow: 33, green: 32, dim: 2 }
type Colour = keyof typeof colours
type Paint = (colour: Colour, text: string) => string

const verdictColours: Record<Verdict, Colour> = { pass: 'green', fail: 'red', error: 'yellow', stale: 'yellow' }

/** Paths and names come from others: what could steer a terminal is shown as a sign. */
const inert = (text: string): string => text.replace(/\p{Cc}/gu, '�')

const section = (title: string, lines: readonly string[]): string[] => (lines.length > 0 ? [title, ...lines, ''] : [])

/** The judgement for a person at a terminal: what is wrong first, the verdict last. */
export function toText(judgement: Judgement, { color }: { color: boolean }): string {
  const paint: Paint = (colour, text) => (color ? `\u001b[${colours[colour]}m${text}\u001b[0m` : text)
  const { verdict, fix, reasons, totals } = judgement
  const lines = [
    ...judgement.files.flatMap((file) =>
      section(paint(isBad(file) ? 'red' : 'dim', inert(file.path)), fileLines(file)),
    ),
    ...section(paint('red', 'In no report'), judgement.notInReport.map(pathLine)),
    ...section(
      paint('yellow', 'Taken out of the measure by markers that this change adds'),
      judgement.excludedByThisChange.map(({ path, lines }) => `  ${inert(path)} ${ranges(lines)}`),
    ),
    ...section(paint('dim', 'Changed, in no report, and excused'), judgement.excused.map(pathLine)),
    ...section(
      paint('yellow', 'Warnings'),
      judgement.warnings.map((warning) => `  ! ${inert(warning)}`),
    ),
    ...reasons.slice(1).map((reason) => `also: ${inert(reason)}`),
    paint(verdictColours[verdict], `${verdict}: ${inert(judgement.because)}`),
    ...(fix === null ? [] : [inert(fix)]),
    `${count(totals.changed, 'changed line')}, ${totals.measured} measured${totals.measured > 0 ? `, ${percentText(totals.covered, totals.measured)} covered` : ''}`,
  ]
  return `${lines.join('\n')}\n`
}

const isBad = ({ uncovered, functions }: FileFinding): boolean =>
  uncovered.length > 0 || functions.some(({ neverRan }) => neverRan)

const pathLine = ({ path, because }: { path: string; because: string }): string => `  ${inert(path)}: ${inert(because)}`

function fileLines(file: FileFinding): string[] {
  return [
    ...file.functions.map(functionLine),
    ...(file.outside.length > 0 ? [`  ${ranges(file.outside)} not covered`] : []),
    ...(file.excluded.length > 0 ? [`  ${ranges(file.excluded)} excluded`] : []),
  ]
}

function functionLine({ name, start, end, neverRan, measured, covered, uncovered, partial }: FunctionFinding): string {
  const what = [
    neverRan ? 'never ran' : '',
    uncovered.length > 0 ? `${ranges(uncovered)} not covered` : '',
    partial.length > 0 ? `${ranges(partial)} missing a branch` : '',
    measured > 0 ? `${percentText(covered, measured)} of its lines run` : '',
  ]
  return `  ${inert(name)} (${end === null || end === start ? start : `${start}-${end}`}): ${what.filter(Boolean).join(', ')}`
}
