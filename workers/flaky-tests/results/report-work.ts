import type { ArtifactFile } from '../../../src/reports/artifacts/types.ts'
import { judgePacked } from './judge-packed.ts'
import { packResults } from './pack.ts'
import { noResults, readFile } from './read-file.ts'
import type { TestThread } from './test-thread.ts'
import type { FileKind, Judged, JudgeTask, Packed } from './types.ts'

/** Reads the reports of one attempt. */
export type Reading = {
  /** A file that breaks off is kept as far as it goes. */
  add(file: ArtifactFile, kind: FileKind): Promise<void>
  /** What was read. */
  pack(): Promise<Packed>
  close(): void
}

/** Reading and judging of reports: at once while it is little, in a thread when it would hold up everything else. */
export type ReportWork = { reading(): Reading; judge(task: JudgeTask): Promise<Judged> }

/** Bytes of a report that is parsed at once, in turns of a few milliseconds. */
const smallFile = 256 * 1024
/** Packed bytes that are judged at once: some two thousand tests, a few milliseconds. */
const smallTask = 32 * 1024

export const createReportWork = (thread: TestThread): ReportWork => ({
  reading: () => createReading(thread),
  judge: async (task) => {
    const size = task.attempts.reduce((sum, { bytes }) => sum + (bytes?.length ?? 0), 0)
    return size <= smallTask ? judgePacked(task) : thread.judge(task)
  },
})

function createReading(thread: TestThread): Reading {
  const small = noResults()
  let left = smallFile
  let large: ReturnType<TestThread['reading']> | null = null
  return {
    async add({ path, size, open }, kind) {
      left -= size
      if (left >= 0) return readFile(small, { path, kind }, asFarAsItGoes(await open()))
      large ??= thread.reading()
      await large.add(path, kind, asFarAsItGoes(await open()))
    },
    pack: async () => (large ? large.pack(small) : packResults(small)),
    close: () => large?.close(),
  }
}

/** The failure of a broken archive is told by who opened it; what came before it is read. */
async function* asFarAsItGoes(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  try {
    yield* source
  } catch {
    // The report is cut there.
  }
}
