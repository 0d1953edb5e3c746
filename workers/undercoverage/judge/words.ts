import { percentOf } from './percent.ts'

/** "1 line", "2 lines". */
export const count = (number: number, noun: string): string => `${number} ${noun}${number === 1 ? '' : 's'}`

/** "66.66 %", rounded down. */
export const percentText = (covered: number, measured: number): string => `${percentOf(covered, measured) ?? 0} %`
