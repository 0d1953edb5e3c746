import { readHead } from './function-head.ts'
import type { Family } from './language.ts'
import type { FunctionSpan } from './scan-functions.ts'

/** What stands since the last statement ended, and how many round brackets are open in it. */
type Statement = { head: string; round: number }

/** What was going on when a brace opened. */
type Frame = Statement & { name: string | null; start: number }

const longestHead = 600

/** Functions of languages with braces; the text is masked, so every brace is one of the program. */
export function scanBraces(lines: readonly string[], family: Family): FunctionSpan[] {
  const found: FunctionSpan[] = []
  const frames: Frame[] = []
  let statement: Statement = { head: '', round: 0 }
  const open = (line: number): void => {
    const head = readHead(statement.head, family)
    const above = head ? statement.head.slice(head.at).split('\n').length - 1 : 0
    frames.push({ ...statement, name: head?.name ?? null, start: line - above })
    statement = { head: '', round: 0 }
  }
  const close = (line: number): void => {
    const frame = frames.pop()
    if (frame?.name != null) found.push({ name: frame.name, start: frame.start, end: line })
    statement =
      frame && goesOn(frame)
        ? { round: frame.round, head: frame.name === null ? `${frame.head}__` : '(' }
        : { head: '', round: 0 }
  }
  for (const [index, line] of lines.entries()) {
    for (const [piece] of line.matchAll(/[{};()]|[^{};()]+/g)) {
      if (piece === '{') open(index + 1)
      else if (piece === '}') close(index + 1)
      else if (piece === ';' && statement.round === 0) statement = { head: '', round: 0 }
      else statement = withPiece(statement, piece)
    }
    if (statement.head !== '') statement.head += '\n'
  }
  return found.sort((one, other) => one.start - other.start || other.end - one.end)
}

/** A brace inside of a bracket, or where a value or a type stands, does not end the statement. */
const goesOn = (frame: Frame): boolean => frame.round > 0 || /[:(,=|&<]\s*$/.test(frame.head.slice(-20))

function withPiece(statement: Statement, piece: string): Statement {
  if (statement.head === '' && piece.trim() === '') return statement
  const opened = piece === '(' ? 1 : 0
  const closed = piece === ')' && statement.round > 0 ? 1 : 0
  return { head: (statement.head + piece).slice(-longestHead), round: statement.round + opened - closed }
}
