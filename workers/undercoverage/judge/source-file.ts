import { declarationLines } from './declarations.ts'
import { type Family, familyOf, hasBraces } from './language.ts'
import { maskCode } from './mask.ts'
import { type FunctionSpan, scanFunctions } from './scan-functions.ts'

/** `trivial` are brackets, `end`, `else`; `declaration` is what no compiler makes an instruction of: types, imports. */
type LineKind = 'blank' | 'comment' | 'trivial' | 'declaration' | 'code'

/** The text of one file, read as far as its language is known. */
export type SourceFile = {
  family: Family
  /** Without line endings; line 1 is the first. */
  lines: readonly string[]
  /** "blank" beyond the end of the file. */
  kindAt(line: number): LineKind
  /** Functions whose end could be found, innermost last among those that start on one line. */
  functions(): readonly FunctionSpan[]
}

/** Longer texts are generated; they count as code throughout, without functions. */
const longestText = 500_000

export function readSource(path: string, source: string): SourceFile {
  const family = familyOf(path)
  const text = source.replace(/^\uFEFF/, '').replaceAll('\r\n', '\n')
  const lines = text.split('\n')
  const short = text.length <= longestText
  const masked = short && hasBraces(family) ? maskCode(text, family).split('\n') : lines
  let kinds: LineKind[] | null = null
  let functions: FunctionSpan[] | null = null
  return {
    family,
    lines,
    kindAt: (line) => {
      kinds ??= short ? kindsOf(path, lines, masked, family) : lines.map(() => 'code')
      return kinds[line - 1] ?? 'blank'
    },
    functions: () => {
      functions ??= short ? scanFunctions(masked, family) : []
      return functions
    },
  }
}

const openers: Partial<Record<Family, string>> = { ruby: '#', python: '#', hash: '#', dash: '--' }

function kindsOf(path: string, lines: readonly string[], masked: readonly string[], family: Family): LineKind[] {
  const declared = family === 'script' ? declarationLines(path, masked) : new Set<number>()
  const opener = openers[family]
  const blocks = opener === undefined ? new Set<number>() : commentBlocks(lines, family)
  return lines.map((line, index) => {
    if (line.trim() === '') return 'blank'
    const code = (masked[index] ?? '').trim()
    if (code === '' || blocks.has(index + 1) || (opener !== undefined && code.startsWith(opener))) return 'comment'
    if (declared.has(index + 1)) return 'declaration'
    return isTrivial(opener === undefined ? code : (code.split(` ${opener}`, 1)[0] ?? '')) ? 'trivial' : 'code'
  })
}

const brackets = new Set('{}()[];,: ')
const words = new Set(['', 'end', 'else', 'begin', 'ensure', 'then', 'do', 'try', 'finally'])

/** Only brackets, or one of the words that structure a program without doing anything. */
function isTrivial(code: string): boolean {
  if (code.length > 80) return false
  const rest = [...code].map((character) => (brackets.has(character) ? ' ' : character)).join('')
  return words.has(rest.trim())
}

/** Comments of several lines in languages whose comments start with a sign per line. */
function commentBlocks(lines: readonly string[], family: Family): Set<number> {
  const found = new Set<number>()
  let end: string | null = null
  for (const [index, line] of lines.entries()) {
    const start: string | null = end === null ? blockEnd(line, family) : null
    if (end !== null || start !== null) found.add(index + 1)
    if (end !== null && closes(line, end)) end = null
    else if (start !== null && !closes(line.trimStart().slice(3), start)) end = start
  }
  return found
}

const closes = (line: string, end: string): boolean => (end === '=end' ? line.startsWith(end) : line.includes(end))

/** What ends the comment that starts on this line. Text of Python that stands alone is one, and so is all after `__END__`. */
function blockEnd(line: string, family: Family): string | null {
  if (family === 'ruby' && line.startsWith('=begin')) return '=end'
  if (family === 'ruby' && line === '__END__') return '\n'
  if (family === 'dash' && line.trimStart().startsWith('--[[')) return ']]'
  if (family !== 'python') return null
  return /^\s*[rRuU]?("""|''')/.exec(line)?.[1] ?? null
}
