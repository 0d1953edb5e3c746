import { ReportError } from './errors.ts'
import { createJsonValueScanner } from './json-value.ts'

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
export const createJsonMembers = (handlers: MemberHandlers) => {
  const path: string[] = []
  const scanner = createJsonValueScanner()
  let expected: Expected = 'value'
  let entered = 0
  let finish: ((text: string) => void) | undefined
  let line = 1

  const fail = (): never => {
    throw new ReportError('malformed', 'The JSON is broken.', { line })
  }

  const parse = (text: string): unknown => {
    try {
      return JSON.parse(text)
    } catch (error) {
      throw new ReportError('malformed', 'The JSON is broken.', { line, cause: error })
    }
  }

  const endValue = (): void => {
    path.length = Math.max(0, entered - 1)
    expected = entered === 0 ? 'nothing' : 'comma or end'
  }

  const startKey = (character: string): false => {
    if (character !== '"') fail()
    scanner.start(true)
    finish = (text) => {
      path[entered - 1] = String(parse(text))
      expected = 'colon'
    }
    return false
  }

  const startValue = (): false => {
    const isKept = handlers.keep(path)
    scanner.start(isKept)
    finish = (text) => {
      if (isKept) handlers.value(path, parse(text))
      endValue()
    }
    return false
  }

  const leave = (): true => {
    entered -= 1
    path.length = entered
    handlers.leave(path)
    endValue()
    return true
  }

  const enter = (): true => {
    entered += 1
    expected = 'key or end'
    return true
  }

  const expect = (isMet: boolean, next: Expected): true => {
    if (!isMet) fail()
    expected = next
    return true
  }

  /** Returns whether the character was used up; the first one of a key or a value is left to the scanner. */
  const step = (character: string): boolean => {
    const isEnd = character === '}'
    switch (expected) {
      case 'value':
        return character === '{' && handlers.enter(path) ? enter() : startValue()
      case 'key or end':
        return isEnd ? leave() : startKey(character)
      case 'key':
        return startKey(character)
      case 'colon':
        return expect(character === ':', 'value')
      case 'comma or end':
        return isEnd ? leave() : expect(character === ',', 'key')
      case 'nothing':
        return fail()
      default:
        return expected satisfies never
    }
  }

  const scan = (text: string, from: number): number => {
    const end = scanner.scan(text, from)
    if (end === -1) return text.length
    const done = finish
    finish = undefined
    done?.(scanner.take())
    return end
  }

  return {
    write(text: string): void {
      let index = 0
      while (index < text.length) {
        if (finish !== undefined) index = scan(text, index)
        else if (isSpace(text.charCodeAt(index)) || step(text.charAt(index))) index += 1
      }
      for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) line += 1
    },
    end(): void {
      if (expected !== 'nothing') throw new ReportError('malformed', 'The JSON ends too early.', { line })
    },
  }
}
