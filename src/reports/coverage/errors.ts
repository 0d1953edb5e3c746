import type { UnreadableReason } from './types.ts'

/** Ends the reading of a report from within a reader; readCoverage turns it into an outcome. */
export class ReportError extends Error {
  readonly reason: UnreadableReason
  readonly line: number | undefined

  constructor(reason: UnreadableReason, message: string, options: { line?: number | undefined; cause?: unknown } = {}) {
    super(message, { cause: options.cause })
    this.name = 'ReportError'
    this.reason = reason
    this.line = options.line
  }
}
