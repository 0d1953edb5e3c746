import { createAttachmentFinder } from './attachments.ts'
import type { Attributes } from './markup.ts'
import { cleanMessage } from './text.ts'
import type { FailureKind, TestOutcome } from './types.ts'

type Result = 'failure' | 'error' | 'skipped' | 'flaky' | 'rerun'

const results: Record<string, Result> = {
  failure: 'failure',
  error: 'error',
  skipped: 'skipped',
  flakyFailure: 'flaky',
  flakyError: 'flaky',
  rerunFailure: 'rerun',
  rerunError: 'rerun',
}

/** What a child of a testcase says about it; undefined for all others. */
export const resultOf = (name: string): Result | undefined => (Object.hasOwn(results, name) ? results[name] : undefined)

const notRun = new Set(['disabled', 'notrun', 'ignored', 'skipped', 'suppressed'])
const attemptProperties = new Set(['invocations', 'attempts', 'retries'])
const textLimit = 2048

const saysNotRun = ({ status, result }: Attributes): boolean =>
  [status, result].some((state) => state !== undefined && notRun.has(state.toLowerCase()))

/** gotestsum says "Failed" in the attribute and what failed in the text. */
const saysNothing = (message: string): boolean => message === '' || message === 'Failed'

/** A testcase that is being read. */
export class OpenCase {
  readonly outcome: TestOutcome
  private skipped: boolean
  /** Message and text of the failure that has the word, as far as they are kept. */
  private attribute: string | null = null
  private text = ''
  private attachments: ReturnType<typeof createAttachmentFinder> | null = null

  constructor(outcome: TestOutcome, attributes: Attributes) {
    this.outcome = outcome
    this.skipped = saysNotRun(attributes)
  }

  /** GitLab looks for a failure before an error, so a failure names the kind. */
  fail(kind: FailureKind): void {
    if (this.outcome.kind !== 'failure') this.outcome.kind = kind
  }

  /** @returns Whether the text of this child is wanted. */
  addResult(result: Result, attributes: Attributes): boolean {
    if (result === 'skipped') this.skipped = true
    if (result === 'flaky') this.outcome.flakyAttempts += 1
    if (result === 'rerun') this.outcome.rerunAttempts += 1
    if (result === 'failure' || result === 'error') this.fail(result)
    return result !== 'skipped' && this.takesMessage(result, attributes)
  }

  /** The first failure has the word, but a failed attempt says more than nextest's "configured to fail when flaky". */
  private takesMessage(result: Result, attributes: Attributes): boolean {
    const tellsMore = result === 'flaky' && this.outcome.flakyAttempts === 1
    if (!tellsMore && (this.attribute !== null || this.text !== '')) return false
    this.text = ''
    this.attribute = attributes.message?.slice(0, textLimit) ?? null
    return true
  }

  addProperty({ name, value }: Attributes): void {
    const count = Number(value)
    if (name === undefined || !attemptProperties.has(name.toLowerCase()) || !Number.isInteger(count)) return
    this.outcome.declaredAttempts = Math.max(this.outcome.declaredAttempts ?? 0, count)
  }

  addText(piece: string): void {
    if (this.text.length < textLimit) this.text += piece.slice(0, textLimit)
  }

  addOutput(piece: string): void {
    this.attachments ??= createAttachmentFinder()
    this.attachments.push(piece)
  }

  private message(length: number | undefined): string | null {
    const { attribute, text } = this
    const source = attribute !== null && !saysNothing(attribute.trim()) ? attribute : text.trim() || attribute
    return source === null ? null : cleanMessage(source, length)
  }

  /** @param messageLength In characters. */
  close(messageLength?: number): TestOutcome {
    const { outcome } = this
    if (outcome.kind !== null) outcome.status = 'failed'
    else if (this.skipped) outcome.status = 'skipped'
    outcome.message = this.message(messageLength)
    if (outcome.kind !== null) outcome.attachment = this.attachments?.first() ?? null
    outcome.retryAttachment = this.attachments?.retried() ?? false
    return outcome
  }
}
