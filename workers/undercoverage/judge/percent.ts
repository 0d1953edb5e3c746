/** Shares of whole numbers, never compared by what is shown: 66.5 of 2/3 is reached, 66.67 is not. */

/** A decimal number as a fraction of whole numbers: 66.5 is 665/10. */
function fraction(decimal: number): { part: bigint; of: bigint } {
  const [whole = '0', digits = ''] = decimal
    .toFixed(decimal.toString().includes('e') ? 20 : decimalsOf(decimal))
    .split('.')
  return { part: BigInt(whole + digits), of: 10n ** BigInt(digits.length) }
}

const decimalsOf = (decimal: number): number => decimal.toString().split('.')[1]?.length ?? 0

/** Whether covered/measured is at least `percent` per cent; nothing measured reaches everything. */
export function reaches(covered: number, measured: number, percent: number): boolean {
  const { part, of } = fraction(percent)
  return BigInt(covered) * 100n * of >= part * BigInt(measured)
}

/** Rounded down to two digits, so that only all is 100; null when nothing was measured. */
export const percentOf = (covered: number, measured: number): number | null =>
  measured === 0 ? null : Number((BigInt(covered) * 10_000n) / BigInt(measured)) / 100
