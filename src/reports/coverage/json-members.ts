import { ReportError } from './errors.ts'
import { JsonValueScanner } from './json-value.ts'

/** What to do with the members of a big JSON object as they stream by; a path is the keys from the root. */
export type MemberHandlers = {
  /** Whether to go into an object (members arrive one by one) instead of taking it as one value. */
  enter(path: readonly string[]): boolean
  /** Whether the value is wanted; others are passed over without a copy. */
  keep(path: readonly string[]): boolean
  value(path: readonly string[], value: unknown): void
  /** All members of an entered object were seen. */
  leave(path: readonly string[]): void
}

type Expected = 'value' | 'key or end' | 'key' | 'colon' | 'comma or end' | 'nothing'

const isSpace = (code: number): boolean => code === 32 || code === 10 || code === 13 || code === 9

/** Splits streamed JSON into its members, so that neither all of its text nor all of its values are ever in memory. */
export class JsonMembers {
  readonly #handlers: MemberHandlers
  readonly #scanner = new JsonValueScanner()
  readonly #path: string[] = []
  #expected: Expected = 'value'
  /** How many objects around this place were entered. */
  #entered = 0
  /** Takes the text of the key or value that the scanner is in. */
  #finish: ((text: string) => void) | undefined
  #line = 1

  constructor(handlers: MemberHandlers) {
    this.#handlers = handlers
  }

  /** @throws ReportError */
  write(text: string): void {
    let index = 0
    while (index < text.length) {
      if (this.#finish !== undefined) index = this.#scan(text, index)
      else if (isSpace(text.charCodeAt(index)) || this.#step(text.charAt(index))) index += 1
    }
    for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) this.#line += 1
  }

  /** @throws ReportError */
  end(): void {
    if (this.#expected === 'nothing') return
    throw new ReportError('malformed', 'The JSON ends too early.', { line: this.#line })
  }

  #scan(text: string, from: number): number {
    const end = this.#scanner.scan(text, from)
    if (end === -1) return text.length
    const finish = this.#finish
    this.#finish = undefined
    finish?.(this.#scanner.take())
    return end
  }

  /** Returns whether the character was used up; the first one of a key or a value is left to the scanner. */
  #step(character: string): boolean {
    const isEnd = character === '}'
    switch (this.#expected) {
      case 'value':
        return character === '{' && this.#handlers.enter(this.#path) ? this.#enter() : this.#startValue()
      case 'key or end':
        return isEnd ? this.#leave() : this.#startKey(character)
      case 'key':
        return this.#startKey(character)
      case 'colon':
        return this.#expect(character === ':', 'value')
      case 'comma or end':
        return isEnd ? this.#leave() : this.#expect(character === ',', 'key')
      case 'nothing':
        return this.#fail()
      default:
        return this.#expected satisfies never
    }
  }

  #enter(): true {
    this.#entered += 1
    this.#expected = 'key or end'
    return true
  }

  #leave(): true {
    this.#entered -= 1
    this.#path.length = this.#entered
    this.#handlers.leave(this.#path)
    this.#endValue()
    return true
  }

  #expect(isMet: boolean, next: Expected): true {
    if (!isMet) this.#fail()
    this.#expected = next
    return true
  }

  #startKey(character: string): false {
    if (character !== '"') this.#fail()
    this.#scanner.start(true)
    this.#finish = (text) => {
      this.#path[this.#entered - 1] = String(this.#parse(text))
      this.#expected = 'colon'
    }
    return false
  }

  #startValue(): false {
    const isKept = this.#handlers.keep(this.#path)
    this.#scanner.start(isKept)
    this.#finish = (text) => {
      if (isKept) this.#handlers.value(this.#path, this.#parse(text))
      this.#endValue()
    }
    return false
  }

  #endValue(): void {
    this.#path.length = Math.max(0, this.#entered - 1)
    this.#expected = this.#entered === 0 ? 'nothing' : 'comma or end'
  }

  #parse(text: string): unknown {
    try {
      return JSON.parse(text)
    } catch (error) {
      return this.#fail(error)
    }
  }

  #fail(cause?: unknown): never {
    throw new ReportError('malformed', 'The JSON is broken.', { line: this.#line, cause })
  }
}
