import type { MessagePort } from 'node:worker_threads'
import type { BrokenReport, JudgeTask, ReportName, SurveyTask } from './types.ts'

/** What the thread is asked; all that is told under one `reading` belongs together until it is closed. */
export type Question = { reading: number } & (
  | { type: 'open'; changed: readonly string[] }
  /** Reads a report whose bytes come over the port. */
  | { type: 'read'; report: ReportName; bytes: MessagePort }
  | { type: 'broken'; report: BrokenReport }
  | { type: 'survey'; task: SurveyTask }
  | { type: 'judge'; task: JudgeTask }
  | { type: 'close' }
)
