import { inertCodeCell, inertCodeLink } from '../../src/note/inert.ts'
import { table } from '../../src/note/table.ts'
import { plural } from '../../src/note/wording.ts'
import type { FileRow, Findings, FunctionRow } from './findings.ts'

/** Where files can be read: the project's URL, and the commit that was measured. */
export type Place = { project: string; sha: string }

const rowsShown = 100
/** A long row of links helps nobody. */
const linksShown = 12

type Row = { path: string; what: string; lines: string; share: string }

/** Findings by file and function, each with links to its lines; empty without any. */
export function findingsTable({ files }: Findings, place: Place): string {
  const rows = files.flatMap((file) => rowsOf(file, place))
  if (rows.length === 0) return ''
  const head = table(['File', 'Function', 'Lines', 'Run by tests'], [])
  const body = rows
    .slice(0, rowsShown)
    .map(({ path, what, lines, share }) => `| ${inertCodeCell(path)} | ${what} | ${lines} | ${share} |`)
  const more = rows.length > rowsShown ? `\n\nand ${plural(rows.length - rowsShown, 'more row')}` : ''
  return `${[head, ...body].join('\n')}${more}`
}

function rowsOf({ path, functions, outside, missedBranches }: FileRow, place: Place): Row[] {
  const rows = functions.map((found) => functionRow(path, found, place))
  if (outside !== '') rows.push({ path, what: '—', lines: lineLinks(path, outside, place), share: '' })
  if (missedBranches !== '') {
    rows.push({ path, what: 'a branch is missed', lines: lineLinks(path, missedBranches, place), share: '' })
  }
  return rows
}

function functionRow(path: string, found: FunctionRow, place: Place): Row {
  const whole = found.end === null ? `${found.start}` : `${found.start}-${found.end}`
  const lines = found.uncovered !== '' ? found.uncovered : whole
  const share = found.neverRan ? 'never' : `${found.covered} of ${plural(found.measured, 'line')}`
  return { path, what: inertCodeCell(found.name), lines: lineLinks(path, lines, place), share }
}

/** `14, 27-28` as links to the file at the commit that was measured. */
export function lineLinks(path: string, lines: string, place: Place): string {
  const file = fileUrl(path, place)
  const parts = lines.split(', ')
  const links = parts.slice(0, linksShown).map((part) => inertCodeLink(part, `${file}#L${part}`))
  return parts.length > linksShown ? `${links.join(', ')} and ${parts.length - linksShown} more` : links.join(', ')
}

/** Paths may hold anything that git allows, and half characters where a report was cut. */
export const fileUrl = (path: string, { project, sha }: Place): string =>
  `${project}/-/blob/${sha}/${path
    .replace(/\p{Surrogate}/gu, '\uFFFD')
    .split('/')
    .map(encodeURIComponent)
    .join('/')}`
