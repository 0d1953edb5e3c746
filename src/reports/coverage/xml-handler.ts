import type { CoverageReport } from './types.ts'

export type Attributes = Partial<Record<string, string>>

/** Understands the elements below the root of one XML format. */
export type XmlHandler = {
  open(name: string, attributes: Attributes): void
  /** Text, in pieces. */
  text?(piece: string): void
  close(name: string): void
  finish(): CoverageReport
}
