import { ReportError } from './errors.ts'

const MAX_DEPTH = 100
const MAX_LENGTH = 64 * 1024 * 1024
const QUOTE = 34
const BACKSLASH = 92

const isOpening = (code: number): boolean => code === 123 || code === 91
const isClosing = (code: number): boolean => code === 125 || code === 93
const endsScalar = (code: number): boolean => isClosing(code) || code === 44 || code <= 32

/** Finds the end of one JSON value in streamed text, and keeps its text if asked to. */
export const createJsonValueScanner = () => {
  let pieces: string[] = []
  let isKept = false
  let [length, depth] = [0, 0]
  let kind: 'string' | 'container' | 'scalar' | undefined
  let isInString = false

  const keep = (piece: string): void => {
    if (!isKept) return
    length += piece.length
    if (length > MAX_LENGTH)
      throw new ReportError('too-large', `A value of the JSON has more than ${MAX_LENGTH} characters.`)
    pieces.push(piece)
  }

  let isEscaped = false
  /** Returns the place after the closing quote, or the end of the text. */
  const passString = (text: string, from: number): number => {
    for (let index = from; index < text.length; index++) {
      const code = text.charCodeAt(index)
      if (isEscaped) isEscaped = false
      else if (code === BACKSLASH) isEscaped = true
      else if (code === QUOTE) {
        isInString = false
        return index + 1
      }
    }
    return text.length
  }

  const enter = (): void => {
    depth += 1
    if (depth > MAX_DEPTH) throw new ReportError('malformed', `The JSON is nested more than ${MAX_DEPTH} deep.`)
  }

  const begin = (code: number): void => {
    kind = code === QUOTE ? 'string' : isOpening(code) ? 'container' : 'scalar'
  }

  /** Returns the place after the value, or -1 if it goes on. */
  const findEnd = (text: string, from: number): number => {
    let index = from
    while (index < text.length) {
      if (isInString) {
        index = passString(text, index)
        if (!isInString && kind === 'string') return index
        continue
      }
      const code = text.charCodeAt(index)
      if (kind === undefined) begin(code)
      if (kind === 'scalar' && endsScalar(code)) return index
      if (code === QUOTE) isInString = true
      else if (isOpening(code)) enter()
      else if (isClosing(code) && --depth === 0) return index + 1
      index += 1
    }
    return -1
  }

  return {
    start(keepText: boolean): void {
      pieces = []
      isKept = keepText
      length = 0
      depth = 0
      kind = undefined
      isInString = false
      isEscaped = false
    },
    /** Goes on in `text` at `from`; returns the place after the value, or -1 if the value goes on in the next text. */
    scan(text: string, from: number): number {
      const end = findEnd(text, from)
      keep(end === -1 ? text.slice(from) : text.slice(from, end))
      return end
    },
    /** The text of the value, empty if it was not to be kept. */
    take: (): string => pieces.join(''),
  }
}
