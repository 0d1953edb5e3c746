import { exclusionsIn } from './markers.ts'
import type { ScopedFile } from './scope.ts'
import type { SourceFile } from './source-file.ts'
import { readSource } from './source-file.ts'

/** A changed source file that no report has: what excuses it, or null. */
export function excuseFor(
  file: ScopedFile,
  source: SourceFile | null,
  isFiltered: (path: string) => boolean,
): string | null {
  if (isFiltered(file.path)) return 'the report leaves it out by a filter of its own'
  const text = source ?? loose(file)
  const code = [...file.added.keys()].filter((line, index) => text.kindAt(source ? line : index + 1) === 'code')
  if (code.length === 0) return 'no code is changed in it'
  if (!source) return null
  const { lines } = exclusionsIn(source, 'absent')
  if (code.every((line) => lines.has(line))) return 'markers in it leave the changed lines out'
  return runsNothing(source) ? 'it has no function' : null
}

/** The added lines alone, as a text of their own, where the file itself is not at hand. */
const loose = (file: ScopedFile): SourceFile => readSource(file.path, [...file.added.values()].join('\n'))

/** Files of these languages are measured function by function, so without one there is nothing to measure. */
function runsNothing(source: SourceFile): boolean {
  if (source.functions().length > 0) return false
  if (source.family === 'go' || source.family === 'rust') return true
  const code = source.lines.filter((_, index) => source.kindAt(index + 1) === 'code')
  if (source.family === 'c')
    return code.every((line) => !line.includes('{') || /\b(?:struct|enum|union|class|extern|namespace)\b/.test(line))
  if (source.family !== 'java' && source.family !== 'keyword') return false
  return (
    code.every((line) => /^\s*(?:package|import|module)\b/.test(line)) ||
    code.some((line) => /(?:^|\s|@)interface\s+\w/.test(line))
  )
}
