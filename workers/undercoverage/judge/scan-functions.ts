import { type Family, hasBraces } from './language.ts'
import { scanBraces } from './scan-braces.ts'
import { scanIndented, scanRuby } from './scan-indented.ts'

/** A function found in a source text; lines are 1-based and both inside. */
export type FunctionSpan = { name: string; start: number; end: number }

/** @param lines of a text whose comments and strings are masked, where the language has C's comments */
export function scanFunctions(lines: readonly string[], family: Family): FunctionSpan[] {
  if (family === 'ruby') return scanRuby(lines)
  if (family === 'python') return scanIndented(lines)
  return hasBraces(family) && family !== 'other' ? scanBraces(lines, family) : []
}
