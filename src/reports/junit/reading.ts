import { Collector } from './collect.ts'
import { MarkupReader, StopReading } from './markup.ts'
import { createMender } from './mend.ts'
import { producerOf } from './producer.ts'
import type { JunitReport, ReportProblem, ReportProblemKind } from './types.ts'

/** A report of which nothing could be read. */
export const unread = (kind: ReportProblemKind, detail: string): JunitReport => ({
  outcomes: [],
  problems: [{ kind, detail }],
  producer: null,
})

/** One report on its way through mender, parser and collector. */
export class Reading {
  private readonly collector = new Collector()
  private readonly markup = new MarkupReader(this.collector)
  private readonly mender = createMender()
  private isBlank = true
  private stopped: string | null = null

  /** Text as decoded → text that the parser can take; null: what was held back at the end. */
  mend(piece: string | null): string {
    return piece === null ? this.mender.rest() : this.mender.push(piece)
  }

  isStopped(): boolean {
    return this.stopped !== null
  }

  /** @param text Mended, and so little that the event loop can wait for it. */
  write(text: string): void {
    this.isBlank &&= text.trim() === ''
    try {
      this.markup.write(text)
    } catch (error) {
      if (!(error instanceof StopReading)) throw error
      this.stopped = error.message
    }
  }

  end(): JunitReport {
    this.collector.cut()
    const { outcomes, root } = this.collector
    const fatal = this.whyNothing()
    if (fatal) return fatal
    return { outcomes, problems: [...this.truncated(), ...this.repaired()], producer: producerOf(root, outcomes[0]) }
  }

  private whyNothing(): JunitReport | null {
    const { stopped, markup } = this
    if (this.isBlank) return unread('empty', 'the file is empty')
    if (stopped === null && !markup.sawRoot() && !markup.isCut()) return unread('unparseable', 'no XML element in it')
    if (stopped !== null && this.collector.outcomes.length === 0) {
      const isOther = markup.defects.count === 0 && stopped.startsWith('the root')
      return unread(isOther ? 'not-junit' : 'unparseable', stopped)
    }
    const neverCloses = markup.defects.inClosingTag && markup.isOpen() && !markup.isCut()
    return neverCloses ? unread('unparseable', `${markup.defects.first}, and the root element never ends`) : null
  }

  private truncated(): ReportProblem[] {
    const detail = this.stopped ?? 'the file ends before its root element'
    const isTruncated = this.stopped !== null || this.markup.isOpen() || this.markup.isCut()
    return isTruncated ? [{ kind: 'truncated', detail }] : []
  }

  private repaired(): ReportProblem[] {
    const { first, count } = this.markup.defects
    if (count === 0 && !this.mender.mended()) return []
    return [{ kind: 'repaired', detail: `not well-formed: ${first ?? 'a character XML does not allow'}` }]
  }
}
