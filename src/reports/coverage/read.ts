import { createCollector } from './collector.ts'
import { DETECT_LENGTH, detect } from './detect.ts'
import { ReportError } from './errors.ts'
import { createGoReader } from './go.ts'
import { createJsonReader } from './json.ts'
import { createLcovReader } from './lcov.ts'
import type { TextReader } from './reader.ts'
import { type ReportSource, readText } from './text.ts'
import type { CoverageReport, ReadOptions, ReadOutcome, UnreadableReason } from './types.ts'
import { createXmlReader } from './xml.ts'

const startReader = (head: string, options: ReadOptions): TextReader => {
  const kind = detect(head)
  const collector = createCollector(options)
  switch (kind) {
    case 'lcov':
      return createLcovReader(collector)
    case 'go':
      return createGoReader(collector)
    case 'xml':
      return createXmlReader(collector)
    case 'json':
      return createJsonReader(collector, options.wants)
    case undefined:
      throw new ReportError('unknown-format', 'This is not a coverage report in a format that can be read.', {
        line: 1,
      })
    default:
      return kind satisfies never
  }
}

const read = async (source: ReportSource, options: ReadOptions): Promise<CoverageReport> => {
  let head = ''
  let reader: TextReader | undefined
  for await (const text of readText(source, options.maxBytes)) {
    if (reader !== undefined) {
      reader.write(text)
      continue
    }
    head += text
    if (head.length < DETECT_LENGTH) continue
    reader = startReader(head, options)
    reader.write(head)
  }
  if (reader !== undefined) return reader.end()
  if (head.trim() === '') throw new ReportError('empty', 'The report is empty.')
  reader = startReader(head, options)
  reader.write(head)
  return reader.end()
}

const UNREADABLE_FILE: ReadonlySet<string> = new Set(['ENOENT', 'EISDIR', 'EACCES', 'ENOTDIR'])

const reasonOf = (error: unknown): UnreadableReason | undefined => {
  if (error instanceof ReportError) return error.reason
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  if (UNREADABLE_FILE.has(code)) return 'missing'
  return code.startsWith('Z_') ? 'malformed' : undefined
}

const messageOf = (error: Error, reason: UnreadableReason): string => {
  if (error instanceof ReportError) return error.message
  return reason === 'missing'
    ? `The file cannot be opened: ${error.message}.`
    : `The gzip data is broken: ${error.message}.`
}

/** Reads a coverage report of any known format, gzipped or not; throws only when the source itself fails, as a network can. */
export const readCoverage = async (source: ReportSource, options: ReadOptions = {}): Promise<ReadOutcome> => {
  try {
    return { outcome: 'read', report: await read(source, options) }
  } catch (error) {
    const reason = reasonOf(error)
    if (reason === undefined || !(error instanceof Error)) throw error
    const line = error instanceof ReportError ? error.line : undefined
    return { outcome: 'unreadable', reason, message: messageOf(error, reason), ...(line !== undefined && { line }) }
  }
}
