import type { CoverageReport } from './types.ts'

/** Reads a report as its text arrives; throws ReportError when it cannot. */
export type TextReader = { write(text: string): void; end(): CoverageReport }
