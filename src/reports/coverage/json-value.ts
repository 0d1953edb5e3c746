import { ReportError } from './errors.ts'

const MAX_DEPTH = 100
const MAX_LENGTH = 64 * 1024 * 1024
const QUOTE = 34
const BACKSLASH = 92

const isOpening = (code: number): boolean => code === 123 || code === 91
const isClosing = (code: number): boolean => code === 125 || code === 93
const endsScalar = (code: number): boolean => isClosing(code) || code === 44 || code <= 32

type Kind = 'string' | 'container' | 'scalar'

const kindOf = (first: number): Kind => {
  if (first === QUOTE) return 'string'
  return isOpening(first) ? 'container' : 'scalar'
}

/** Finds the end of one JSON value after the other in streamed text, and keeps their text if asked to. */
export class JsonValueScanner {
  #pieces: string[] = []
  #isKept = false
  #length = 0
  #depth = 0
  /** Undefined before the first character. */
  #kind: Kind | undefined
  #isInString = false
  #isEscaped = false

  start(keepText: boolean): void {
    this.#pieces = []
    this.#isKept = keepText
    this.#length = 0
    this.#depth = 0
    this.#kind = undefined
    this.#isInString = false
    this.#isEscaped = false
  }

  /** Goes on in `text` at `from`; returns the place after the value, or -1 if the value goes on in the next text. */
  scan(text: string, from: number): number {
    const end = this.#findEnd(text, from)
    if (this.#isKept) this.#keep(end === -1 ? text.slice(from) : text.slice(from, end))
    return end
  }

  /** The text of the value, empty if it was not to be kept. */
  take(): string {
    return this.#pieces.join('')
  }

  #keep(piece: string): void {
    this.#length += piece.length
    if (this.#length > MAX_LENGTH) {
      throw new ReportError('too-large', `A value of the JSON has more than ${MAX_LENGTH} characters.`)
    }
    this.#pieces.push(piece)
  }

  #findEnd(text: string, from: number): number {
    let index = from
    while (index < text.length) {
      if (this.#isInString) {
        index = this.#passString(text, index)
        if (!this.#isInString && this.#kind === 'string') return index
        continue
      }
      const code = text.charCodeAt(index)
      this.#kind ??= kindOf(code)
      if (this.#kind === 'scalar' && endsScalar(code)) return index
      index += 1
      if (this.#closesAll(code)) return index
    }
    return -1
  }

  /** Returns the place after the closing quote, or the end of the text. */
  #passString(text: string, from: number): number {
    for (let index = from; index < text.length; index++) {
      const code = text.charCodeAt(index)
      if (this.#isEscaped) this.#isEscaped = false
      else if (code === BACKSLASH) this.#isEscaped = true
      else if (code === QUOTE) {
        this.#isInString = false
        return index + 1
      }
    }
    return text.length
  }

  /** Takes note of a character outside of strings; returns whether everything that was opened is closed by it. */
  #closesAll(code: number): boolean {
    if (code === QUOTE) this.#isInString = true
    if (isOpening(code)) this.#enter()
    if (!isClosing(code)) return false
    this.#depth -= 1
    return this.#depth === 0
  }

  #enter(): void {
    this.#depth += 1
    if (this.#depth > MAX_DEPTH) throw new ReportError('malformed', `The JSON is nested more than ${MAX_DEPTH} deep.`)
  }
}
