import { nameMatcher } from '../match.ts'

/** As much of the end of a trace as is looked at. */
export const traceTailBytes = 200_000

const escapeCharacter = '\u001b'
const bell = '\u0007'

/** What follows an escape: colours and cursor moves, character sets, single commands (ECMA-48). */
const command = /^(?:\[[0-?]*[ -/]*[@-~]|[ -/]+[0-~]|[0-Z\\^-~])/

/** Titles and links end at a bell, or at the next escape. */
const afterEscape = (piece: string): string =>
  piece.startsWith(']') ? piece.slice(piece.indexOf(bell) + 1 || piece.length) : piece.replace(command, '')

const unescaped = (line: string): string => {
  const [first = '', ...pieces] = line.split(escapeCharacter)
  return first + pieces.map(afterEscape).join('')
}

/** The runner marks where collapsible sections begin and end (doc/ci/jobs/job_logs.md). */
const section = /^section_(?:start|end):\d{1,20}:[\w.-]{1,300}(?:\[[^\]]{0,300}\])?$/

/** The runner puts a time and a stream before each line (`FF_TIMESTAMPS`); `+` goes on with the line before. */
const stamp = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{1,9}Z [0-9a-f]{2}[EO]([+ ]?)/

const unstamped = (lines: readonly string[]): string[] => {
  const plain: string[] = []
  for (const line of lines) {
    const [prefix = '', flag] = stamp.exec(line) ?? []
    const text = line.slice(prefix.length)
    if (flag === '+' && plain.length > 0) plain.push(`${plain.pop()}${text}`)
    else plain.push(text)
  }
  return plain
}

/** The text of a trace as a person sees it: without colours, timestamps and section marks, one line for each redrawing. */
export const plainTrace = (trace: string): string =>
  unstamped(trace.split('\n'))
    .flatMap((line) => unescaped(line).split('\r'))
    .filter((line) => !section.test(line))
    .join('\n')

export type TracePattern = {
  name: string
  /** A regular expression between slashes, found anywhere in the text. */
  match: string
}

/**
 * The name of the first pattern that the trace shows, or null.
 *
 * @throws PatternError
 */
export const matchTrace = (trace: string, patterns: readonly TracePattern[]): string | null => {
  if (patterns.length === 0) return null
  const text = plainTrace(trace)
  return patterns.find(({ match }) => nameMatcher([match])(text))?.name ?? null
}
