import { readJunit } from '../../../src/reports/junit/read.ts'
import { readRetriedTests } from '../../../src/reports/retried-tests/read.ts'
import type { AttemptResults, FileKind } from './types.ts'

/** Larger lists of retried tests are not read. */
const retriedBytes = 20 * 1024 * 1024

/** Adds one file of an attempt to what it left. */
export async function readFile(
  results: AttemptResults,
  { path, kind }: { path: string; kind: FileKind },
  source: AsyncIterable<Uint8Array>,
): Promise<void> {
  if (kind === 'junit') results.reports.push({ path, ...(await readJunit(source)) })
  else results.retried.push(...readRetriedTests(await textOf(source)).tests)
}

async function textOf(source: AsyncIterable<Uint8Array>): Promise<string> {
  const parts: Uint8Array[] = []
  let size = 0
  for await (const piece of source) {
    size += piece.length
    if (size > retriedBytes) return ''
    parts.push(piece)
  }
  return Buffer.concat(parts).toString('utf8')
}

export const noResults = (): AttemptResults => ({ reports: [], retried: [] })
