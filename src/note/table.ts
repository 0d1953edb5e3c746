import { inertCell, inertCellLink, inertCodeCell } from './inert.ts'

/** Prose, a name to be shown as code, or a link. All of it may come from outside. */
export type Cell = string | { code: string } | { text: string; url: string }

/** A Markdown table; short rows are filled up, for GitLab shows no column that a row leaves out. */
export const table = (header: readonly string[], rows: readonly (readonly Cell[])[]): string =>
  [
    tableRow(header),
    `|${' --- |'.repeat(header.length)}`,
    ...rows.map((row) => tableRow(header.map((_, index) => row[index] ?? ''))),
  ].join('\n')

const tableRow = (cells: readonly Cell[]): string => `| ${cells.map(tableCell).join(' | ')} |`

const tableCell = (cell: Cell): string => {
  if (typeof cell === 'string') return inertCell(cell)
  return 'code' in cell ? inertCodeCell(cell.code) : inertCellLink(cell.text, cell.url)
}
