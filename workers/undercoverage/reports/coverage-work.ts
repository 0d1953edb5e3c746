import { WorkerThread } from '../../../src/threads/worker-thread.ts'
import { type FarReading, openFarReading } from './far-reading.ts'
import type { Question } from './protocol.ts'
import { createReports, type Reports } from './read-and-judge.ts'
import type { BrokenReport, CoverageReading, CoverageWork, JudgeTask, ReportName } from './types.ts'

/** Bytes of reports, of sources and of paths that are dealt with at once, in some ten milliseconds. */
const smallWork = 256 * 1024
/** Bytes; about what a path takes. */
const sizeOfPath = 50

/** Reads and judges at once while it is little, in a thread when it would hold up everything else. */
export function createCoverageWork(): CoverageWork {
  const thread = new WorkerThread<Question>(new URL('./thread.ts', import.meta.url))
  let last = 0
  return {
    reading: (changed) =>
      createReading(changed, () => {
        last += 1
        return openFarReading(thread, last, changed)
      }),
    alone: withOwnThread,
    close: () => thread.close(),
  }
}

async function withOwnThread<Result>(use: (work: CoverageWork) => Promise<Result>): Promise<Result> {
  const work = createCoverageWork()
  try {
    return await use(work)
  } finally {
    await work.close()
  }
}

/** Small reports are kept as they are, until it is known that all of the work is small. */
type Kept = { report: ReportName; bytes: Buffer } | BrokenReport

function createReading(changed: readonly string[], openFar: () => Promise<FarReading>): CoverageReading {
  const kept: Kept[] = []
  let size = 0
  let far: FarReading | null = null
  let near: Reports | null = null

  async function farAway(): Promise<FarReading> {
    if (far) return far
    far = await openFar()
    for (const one of kept) await addTo(far, one)
    return far
  }

  async function nearby(): Promise<Reports> {
    if (near) return near
    near = createReports(changed)
    for (const one of kept) await addTo(near, one)
    return near
  }

  return {
    async add(report, file) {
      size += file.size
      if (size > smallWork) return (await farAway()).read(report, await file.open())
      kept.push({ report, bytes: await bytesOf(await file.open()) })
    },
    async addBroken(report) {
      if (far) return far.addBroken(report)
      kept.push(report)
    },
    survey: async (task) => (far ?? (await nearby())).survey(task),
    judge: async (task) => (size + sizeOf(task) > smallWork ? await farAway() : await nearby()).judge(task),
    close: () => far?.close(),
  }
}

async function addTo(reports: Reports | FarReading, one: Kept): Promise<void> {
  if ('read' in one) return reports.addBroken(one)
  await reports.read(one.report, once(one.bytes))
}

async function* once(bytes: Buffer): AsyncGenerator<Buffer> {
  yield bytes
}

async function bytesOf(source: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const pieces: Uint8Array[] = []
  for await (const piece of source) pieces.push(piece)
  return Buffer.concat(pieces)
}

const sizeOf = ({ tree, sources }: JudgeTask): number =>
  (tree?.length ?? 0) * sizeOfPath + [...sources.values()].reduce((sum, { length }) => sum + length, 0)
