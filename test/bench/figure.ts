/** One line of the bench. A value that is text starts with its number; so does a target, after `≥` or `≤`. */
export type Figure = { label: string; value: number | string; target: string }

const numberIn = (text: string): number => Number.parseFloat(text.replace(/^[^\d-]*/, ''))

function isMet({ value, target }: Figure): boolean {
  const reached = typeof value === 'number' ? value : numberIn(value)
  const wanted = numberIn(target)
  return target.startsWith('≥') ? reached >= wanted : reached <= wanted
}

const perSecond = (rate: number): string => `${Math.round(rate).toLocaleString('en')}/s`

/** "0.52 (6,240/s ÷ 12,000/s)" */
export const asRatio = (product: number, floor: number): string =>
  `${(product / floor).toFixed(2)} (${perSecond(product)} ÷ ${perSecond(floor)})`

const shown = (value: number | string): string => (typeof value === 'number' ? value.toFixed(2) : value)

/** Figure, value, target, met or not. */
export function tableOf(figures: readonly Figure[]): string {
  const rows = figures.map((figure) => [
    figure.label,
    shown(figure.value),
    figure.target,
    isMet(figure) ? 'met' : 'NOT MET',
  ])
  const all = [['figure', 'value', 'target', ''], ...rows]
  const widths = [0, 1, 2].map((column) => Math.max(...all.map((row) => row[column]?.length ?? 0)))
  return all.map((row) => row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  ')).join('\n')
}
