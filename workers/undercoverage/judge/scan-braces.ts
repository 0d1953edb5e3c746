import { readHead } from './function-head.ts'
import type { Family } from './language.ts'
import type { FunctionSpan } from './scan-functions.ts'

/** What was going on when a brace opened. */
type Frame = { head: string; line: number; round: number; name: string | null; start: number }

const longestHead = 600

/** Functions of languages with braces; the text is masked, so every brace is one of the program. */
export function scanBraces(lines: readonly string[], family: Family): FunctionSpan[] {
  const found: FunctionSpan[] = []
  const frames: Frame[] = []
  /** What stands since the last statement ended, the line it starts on, and how many round brackets are open in it. */
  let statement = { head: '', line: 1, round: 0 }
  const open = (line: number): void => {
    const head = readHead(statement.head, family)
    const above = head ? statement.head.slice(head.at).split('\n').length - 1 : 0
    frames.push({ ...statement, name: head?.name ?? null, start: line - above })
    statement = { head: '', line, round: 0 }
  }
  const close = (line: number): void => {
    const frame = frames.pop()
    if (frame?.name != null) found.push({ name: frame.name, start: frame.start, end: line })
    statement =
      frame && goesOn(frame)
        ? { ...frame, head: frame.name === null ? `${frame.head}__` : '(' }
        : { head: '', line, round: 0 }
  }
  for (const [index, line] of lines.entries()) {
    for (const character of line) {
      if (character === '{') open(index + 1)
      else if (character === '}') close(index + 1)
      else if (character === ';' && statement.round === 0) statement = { head: '', line: index + 1, round: 0 }
      else statement = withCharacter(statement, character, index + 1)
    }
    if (statement.head !== '') statement.head += '\n'
  }
  return found.sort((one, other) => one.start - other.start || other.end - one.end)
}

/** A brace inside of a bracket, or where a value or a type stands, does not end the statement. */
const goesOn = (frame: Frame): boolean => frame.round > 0 || /[:(,=|&<]\s*$/.test(frame.head.slice(-20))

function withCharacter(statement: { head: string; line: number; round: number }, character: string, line: number) {
  if (statement.head === '' && character.trim() === '') return statement
  const round = statement.round + (character === '(' ? 1 : 0) - (character === ')' && statement.round > 0 ? 1 : 0)
  const head = statement.head.length >= longestHead ? statement.head.slice(-longestHead / 2) : statement.head
  return { head: head + character, line: statement.head === '' ? line : statement.line, round }
}
