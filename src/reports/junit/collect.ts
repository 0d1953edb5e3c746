import { createAttachmentFinder } from './attachments.ts'
import { type Attributes, type MarkupHandlers, StopReading } from './markup.ts'
import { cleanMessage, cleanName, secondsOf } from './text.ts'
import type { FailureKind, TestOutcome } from './types.ts'

type Role = 'suites' | 'suite' | 'case' | 'result' | 'output' | 'properties' | 'other'
type Suite = Pick<TestOutcome, 'suite' | 'hostname' | 'package' | 'file'>
type Result = 'failure' | 'error' | 'skipped' | 'flaky' | 'rerun'

type OpenCase = {
  outcome: TestOutcome
  skipped: boolean
  /** Text of the first failure, as far as it is kept. */
  text: string
  attribute: string | null
  attachments: ReturnType<typeof createAttachmentFinder> | null
}

const results: Record<string, Result> = {
  failure: 'failure',
  error: 'error',
  skipped: 'skipped',
  flakyFailure: 'flaky',
  flakyError: 'flaky',
  rerunFailure: 'rerun',
  rerunError: 'rerun',
}
const resultOf = (name: string): Result | undefined => (Object.hasOwn(results, name) ? results[name] : undefined)

const notRun = new Set(['disabled', 'notrun', 'ignored', 'skipped', 'suppressed'])
const attemptProperties = new Set(['invocations', 'attempts', 'retries'])
const textLimit = 2048
/** Characters of messages kept for one report; beyond it messages are short. */
const messageBudget = 8 * 1024 * 1024
const noSuite: Suite = { suite: null, hostname: null, package: null, file: null }

/** gotestsum says "Failed" in the attribute and what failed in the text. */
const saysNothing = (message: string): boolean => message === '' || message === 'Failed'

/** A pool of equal strings, so that 90,000 tests of a class hold its name once. */
const createPool = () => {
  const pool = new Map<string, string>()
  return (text: string): string => {
    const known = pool.get(text)
    if (known !== undefined) return known
    pool.set(text, text)
    return text
  }
}

/** Gathers test outcomes from the elements of a report. */
export const createCollector = () => {
  const outcomes: TestOutcome[] = []
  const roles: Role[] = []
  const suites: Suite[] = []
  const root = { name: null as string | null, hasId: false }
  const pooled = createPool()
  let current: OpenCase | null = null
  let capturing = 0
  let position = 0
  let budget = messageBudget

  const named = (text: string | undefined): string | null => (text === undefined ? null : pooled(cleanName(text)))

  const openSuite = (attributes: Attributes): void => {
    const outer = suites.at(-1) ?? noSuite
    suites.push({
      suite: named(attributes.name) || null,
      hostname: named(attributes.hostname) ?? outer.hostname,
      package: named(attributes.package) ?? outer.package,
      file: named(attributes.file) ?? outer.file,
    })
  }

  const openCase = (attributes: Attributes): void => {
    const suite = suites.at(-1) ?? noSuite
    const states = [attributes.status, attributes.result]
    current = {
      outcome: {
        // Written out: a spread before further keys makes slow objects, a second for 90,000 tests.
        suite: suite.suite,
        hostname: suite.hostname,
        package: suite.package,
        classname: named(attributes.classname),
        name: cleanName(attributes.name ?? '') || null,
        file: named(attributes.file) || suite.file,
        status: 'passed',
        kind: null,
        flakyAttempts: 0,
        rerunAttempts: 0,
        declaredAttempts: null,
        message: null,
        seconds: secondsOf(attributes.time),
        attachment: null,
        retryAttachment: false,
        position,
      },
      skipped: states.some((state) => state !== undefined && notRun.has(state.toLowerCase())),
      text: '',
      attribute: null,
      attachments: null,
    }
    position += 1
  }

  const messageOf = ({ attribute, text }: OpenCase): string | null => {
    const source = attribute !== null && !saysNothing(attribute.trim()) ? attribute : text.trim() || attribute
    const message = source === null ? null : cleanMessage(source, budget > 0 ? undefined : 120)
    budget -= message?.length ?? 0
    return message
  }

  const closeCase = (open: OpenCase): void => {
    const { outcome } = open
    if (outcome.kind !== null) outcome.status = 'failed'
    else if (open.skipped) outcome.status = 'skipped'
    outcome.message = messageOf(open)
    if (outcome.kind !== null) outcome.attachment = open.attachments?.first() ?? null
    outcome.retryAttachment = open.attachments?.retried() ?? false
    outcomes.push(outcome)
    current = null
  }

  /** GitLab looks for a failure before an error, so a failure names the kind. */
  const noteFailure = (open: OpenCase, kind: FailureKind): void => {
    if (open.outcome.kind !== 'failure') open.outcome.kind = kind
  }

  /** The first failure has the word, but a failed attempt says more than nextest's "configured to fail when flaky". */
  const openResult = (open: OpenCase, result: Result, attributes: Attributes): void => {
    if (result === 'skipped') {
      open.skipped = true
      return
    }
    if (result === 'flaky') open.outcome.flakyAttempts += 1
    if (result === 'rerun') open.outcome.rerunAttempts += 1
    if (result === 'failure' || result === 'error') noteFailure(open, result)
    const tellsMore = result === 'flaky' && open.outcome.flakyAttempts === 1
    if (!tellsMore && (open.attribute !== null || open.text !== '')) return
    open.text = ''
    open.attribute = attributes.message?.slice(0, textLimit) ?? null
    capturing = roles.length + 1
  }

  const openProperty = (open: OpenCase, { name, value }: Attributes): void => {
    const count = Number(value)
    if (name === undefined || !attemptProperties.has(name.toLowerCase()) || !Number.isInteger(count)) return
    open.outcome.declaredAttempts = Math.max(open.outcome.declaredAttempts ?? 0, count)
  }

  const roleInCase = (open: OpenCase, name: string, attributes: Attributes): Role => {
    const result = resultOf(name)
    if (result !== undefined) {
      openResult(open, result, attributes)
      return 'result'
    }
    if (name === 'system-out') open.attachments ??= createAttachmentFinder()
    if (name === 'system-out') return 'output'
    return name === 'properties' ? 'properties' : 'other'
  }

  const roleAtTop = (name: string, attributes: Attributes): Role => {
    if (name !== 'testsuites' && name !== 'testsuite') {
      throw new StopReading(`the root element is <${name.slice(0, 60)}>, not <testsuites> or <testsuite>`)
    }
    root.name = attributes.name ?? null
    root.hasId = attributes.id !== undefined
    if (name === 'testsuites') return 'suites'
    openSuite(attributes)
    return 'suite'
  }

  const roleInSuite = (name: string, attributes: Attributes): Role => {
    if (name === 'testsuite') {
      openSuite(attributes)
      return 'suite'
    }
    if (name !== 'testcase') return 'other'
    openCase(attributes)
    return 'case'
  }

  const roleOf = (name: string, attributes: Attributes): Role => {
    const parent = roles.at(-1)
    if (parent === undefined) return roleAtTop(name, attributes)
    if (parent === 'suite' || parent === 'suites') return roleInSuite(name, attributes)
    if (current && parent === 'case') return roleInCase(current, name, attributes)
    if (current && parent === 'properties' && name === 'property') openProperty(current, attributes)
    return 'other'
  }

  const handlers: MarkupHandlers = {
    starts(name) {
      if (!current || roles.at(-1) !== 'case') return
      if (name === 'failure' || name === 'error') noteFailure(current, name)
    },
    open(name, attributes) {
      roles.push(roleOf(name, attributes))
    },
    wantsText: () => current !== null && (capturing > 0 || roles.at(-1) === 'output'),
    text(piece) {
      if (!current) return
      if (capturing > 0 && current.text.length < textLimit) current.text += piece.slice(0, textLimit)
      if (roles.at(-1) === 'output') current.attachments?.push(piece)
    },
    close() {
      if (roles.length === capturing) capturing = 0
      const role = roles.pop()
      if (role === 'suite') suites.pop()
      if (role === 'case' && current) closeCase(current)
    },
  }

  return {
    handlers,
    outcomes,
    root,
    /** The report was cut: a test that was failing failed, any other open one is unknown. */
    cut(): void {
      capturing = 0
      if (current?.outcome.kind) closeCase(current)
      current = null
    },
  }
}
