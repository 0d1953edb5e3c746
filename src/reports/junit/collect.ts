import { type Attributes, type MarkupHandlers, StopReading } from './markup.ts'
import { OpenCase, resultOf } from './open-case.ts'
import { cleanName, secondsOf } from './text.ts'
import type { TestOutcome } from './types.ts'

type Role = 'suites' | 'suite' | 'case' | 'result' | 'output' | 'properties' | 'other'
type Suite = Pick<TestOutcome, 'suite' | 'hostname' | 'package' | 'file'>

/** Characters of messages kept for one report; beyond it messages are short. */
const messageBudget = 8 * 1024 * 1024
const shortMessage = 120
const noSuite: Suite = { suite: null, hostname: null, package: null, file: null }

/** Gathers test outcomes from the elements of one report. */
export class Collector implements MarkupHandlers {
  readonly outcomes: TestOutcome[] = []
  readonly root: { name: string | null; hasId: boolean } = { name: null, hasId: false }
  private readonly roles: Role[] = []
  private readonly suites: Suite[] = []
  /** Equal strings are held once: 90,000 tests have few classes. */
  private readonly pool = new Map<string, string>()
  private current: OpenCase | null = null
  /** Depth of the element whose text is wanted; 0 for none. */
  private capturing = 0
  private position = 0
  private budget = messageBudget

  starts(name: string): void {
    if (this.roles.at(-1) === 'case' && (name === 'failure' || name === 'error')) this.current?.fail(name)
  }

  open(name: string, attributes: Attributes): void {
    this.roles.push(this.roleOf(name, attributes))
  }

  wantsText(): boolean {
    return this.current !== null && (this.capturing > 0 || this.roles.at(-1) === 'output')
  }

  text(piece: string): void {
    if (this.capturing > 0) this.current?.addText(piece)
    if (this.roles.at(-1) === 'output') this.current?.addOutput(piece)
  }

  close(): void {
    if (this.roles.length === this.capturing) this.capturing = 0
    const role = this.roles.pop()
    if (role === 'suite') this.suites.pop()
    if (role === 'case') this.closeCase()
  }

  /** The report was cut: a test that was failing failed, any other open one is unknown. */
  cut(): void {
    if (this.current?.outcome.kind) this.closeCase()
    this.current = null
  }

  private roleOf(name: string, attributes: Attributes): Role {
    const parent = this.roles.at(-1)
    if (parent === undefined) return this.roleAtTop(name, attributes)
    if (parent === 'suite' || parent === 'suites') return this.roleInSuite(name, attributes)
    if (this.current && parent === 'case') return this.roleInCase(this.current, name, attributes)
    if (parent === 'properties' && name === 'property') this.current?.addProperty(attributes)
    return 'other'
  }

  private roleAtTop(name: string, attributes: Attributes): Role {
    if (name !== 'testsuites' && name !== 'testsuite') {
      throw new StopReading(`the root element is <${name.slice(0, 60)}>, not <testsuites> or <testsuite>`)
    }
    this.root.name = attributes.name ?? null
    this.root.hasId = attributes.id !== undefined
    return name === 'testsuites' ? 'suites' : this.openSuite(attributes)
  }

  private roleInSuite(name: string, attributes: Attributes): Role {
    if (name === 'testsuite') return this.openSuite(attributes)
    return name === 'testcase' ? this.openCase(attributes) : 'other'
  }

  private roleInCase(current: OpenCase, name: string, attributes: Attributes): Role {
    const result = resultOf(name)
    if (result !== undefined) {
      if (current.addResult(result, attributes)) this.capturing = this.roles.length + 1
      return 'result'
    }
    if (name === 'system-out') return 'output'
    return name === 'properties' ? 'properties' : 'other'
  }

  private openSuite(attributes: Attributes): Role {
    const outer = this.suites.at(-1) ?? noSuite
    this.suites.push({
      suite: this.named(attributes.name) || null,
      hostname: this.named(attributes.hostname) ?? outer.hostname,
      package: this.named(attributes.package) ?? outer.package,
      file: this.named(attributes.file) ?? outer.file,
    })
    return 'suite'
  }

  private openCase(attributes: Attributes): Role {
    const suite = this.suites.at(-1) ?? noSuite
    // Written out: a spread before further keys makes slow objects, a second for 90,000 tests.
    const outcome: TestOutcome = {
      suite: suite.suite,
      classname: this.named(attributes.classname),
      name: cleanName(attributes.name ?? '') || null,
      file: this.named(attributes.file) || suite.file,
      status: 'passed',
      kind: null,
      flakyAttempts: 0,
      rerunAttempts: 0,
      declaredAttempts: null,
      message: null,
      seconds: secondsOf(attributes.time),
      attachment: null,
      retryAttachment: false,
      hostname: suite.hostname,
      package: suite.package,
      position: this.position,
    }
    this.position += 1
    this.current = new OpenCase(outcome, attributes)
    return 'case'
  }

  private closeCase(): void {
    const outcome = this.current?.close(this.budget > 0 ? undefined : shortMessage)
    this.current = null
    if (!outcome) return
    this.budget -= outcome.message?.length ?? 0
    this.outcomes.push(outcome)
  }

  private named(text: string | undefined): string | null {
    if (text === undefined) return null
    const name = cleanName(text)
    const known = this.pool.get(name)
    if (known === undefined) this.pool.set(name, name)
    return known ?? name
  }
}
