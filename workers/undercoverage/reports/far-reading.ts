import type { WorkerThread } from '../../../src/threads/worker-thread.ts'
import type { Findings } from '../findings.ts'
import type { Question } from './protocol.ts'
import type { BrokenReport, JudgeTask, ReportName, Survey, SurveyTask } from './types.ts'

export type CoverageThread = WorkerThread<Question>

/** A reading in the thread. */
export type FarReading = {
  /** @throws what the stream throws */
  read(report: ReportName, bytes: AsyncIterable<Uint8Array>): Promise<void>
  addBroken(report: BrokenReport): Promise<void>
  survey(task: SurveyTask): Promise<Survey>
  judge(task: JudgeTask): Promise<Findings>
  close(): void
}

/** @throws ThreadError */
export async function openFarReading(
  thread: CoverageThread,
  reading: number,
  changed: readonly string[],
): Promise<FarReading> {
  await thread.ask({ type: 'open', reading, changed })
  const letGo = thread.keep()
  return {
    read: async (report, source) =>
      void (await thread.askAbout(source, (bytes) => ({ type: 'read', reading, report, bytes }))),
    addBroken: async (report) => void (await thread.ask({ type: 'broken', reading, report })),
    survey: (task) => thread.ask({ type: 'survey', reading, task }) as Promise<Survey>,
    judge: (task) => thread.ask({ type: 'judge', reading, task }) as Promise<Findings>,
    close() {
      thread.tell({ type: 'close', reading })
      letGo()
    },
  }
}
