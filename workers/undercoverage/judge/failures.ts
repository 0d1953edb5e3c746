import { reaches } from './percent.ts'
import { ranges } from './ranges.ts'
import type { Facts, Reason } from './reason.ts'
import type { GateOptions } from './types.ts'
import { count, percentText } from './words.ts'

/** What speaks against the change. */
export function failuresIn(facts: Facts, options: GateOptions): Reason[] {
  return [
    ...linesIn(facts, options),
    ...(options.missingFiles === 'fail' ? missingIn(facts) : []),
    ...(options.methods ? deadIn(facts) : []),
  ]
}

function missingIn({ notInReport }: Facts): Reason[] {
  const [first] = notInReport
  if (!first) return []
  const fix = 'Load it in a test.'
  if (notInReport.length === 1) return [{ because: `${first.path} is changed and in no report: ${first.because}`, fix }]
  const paths = some(
    notInReport.map(({ path }) => path),
    'file',
  )
  return [{ because: `${count(notInReport.length, 'changed file')} are in no report: ${paths}; ${first.because}`, fix }]
}

function deadIn({ files }: Facts): Reason[] {
  const dead = files.flatMap(({ path, functions }) =>
    functions.filter(({ neverRan }) => neverRan).map(({ name, start }) => `${name} (${path}:${start})`),
  )
  if (dead.length === 0) return []
  return [
    {
      because: `${count(dead.length, 'changed function')} never ran: ${some(dead, 'function')}`,
      fix: 'Call it in a test.',
    },
  ]
}

/** The first three by name. */
const some = (items: readonly string[], noun: string): string =>
  items.length > 3 ? `${items.slice(0, 3).join(', ')} and ${count(items.length - 3, `more ${noun}`)}` : items.join(', ')

function linesIn(facts: Facts, options: GateOptions): Reason[] {
  const { uncovered, measured } = facts.totals
  const missed = options.branches ? facts.files.reduce((total, file) => total + file.missedBranches.length, 0) : 0
  const places = facts.files
    .map((file) => ({ path: file.path, lines: badLines(file, options.branches) }))
    .filter(({ lines }) => lines.length > 0)
    .map(({ path, lines }) => `${path} ${ranges(lines)}`)
  const where = some(places, 'file')
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
